"""What people send when nobody has told them what to send."""

from __future__ import annotations

from typing import Any

from cast import RESIDENTS, STAFF, UNITS, gate_token
from district import EXPIRED, INVITES, MARKED, NEW_WORKER, SPENT
from hypothesis import strategies as st

from handlers.features import registry

COMMANDS = sorted(registry().commands)
VERBS = sorted(registry().actions)
EVERYBODY = (*STAFF, *(name for name, one in RESIDENTS.items() if one.phone), *MARKED, "刚来")

ARGUMENTS = [
    *("", ":", "0", "1", "2", "3", "5", "8", "13", "-1", "1.0", "1e3", " 1", "x", "DROP"),
    *("999999999999999", "999999999999999999999", "9" * 60, "0x1", "None", "%s", "'--"),
    *("١", "１", "²", "½", "一", "1:DROP", "1:yes", "1:36.5", "1:99.9", "1:hospital", "1:NaN"),
    *("1:home", "yes", "zh_Hans", "cn-covid-v9", "start", "cancel", "\x00", "1\x00", "😀" * 12),
]
GOOD = [
    *(
        "1",
        "2",
        "3",
        "36.5",
        "38.5 咳嗽",
        "跳过",
        "返回",
        "提交",
        "修改",
        "确认提交",
        "今天",
        "刚到",
    ),
    *("高建军", "高建军 510107197702146090", "13600000001", "成都武侯", "高铁 G1234", "密接的密接"),
    *("琉璃大街5号", "花园小区3栋2单元501", "柳林村2组15号", "QH010101", "是", "否", "昨天"),
    *(RESIDENTS[name].number for name in ("王芳", "周大山", "林志明")),
]
WORDS = [
    *("你好", "36.5", "３８．５ 咳嗽", "体温三十七度", "50", "-5", "1e999", "NaN", "返回", "取消"),
    *("1", "2", "9", "提交", "修改", "跳过", "今天有什么", "我要报备", "打卡", "成都武侯"),
    *("路人 510107197702146090", "510107199003071025", "13800138000", "花园小区9栋9单元909"),
    *("昨天下午3点", "2099年1月1日", "100年前", "0" * 40, "9" * 300, "长" * 5000, "3" * 5000),
    *(
        "\u202eمرحبا\u202c ١٢٣",
        "👨\u200d👩\u200d👧" * 40,
        "\x00\x01\x02",
        "\ufffd",
        "%(x)s {name} {0} {",
    ),
    *("' OR 1=1 --", "%", "_", "\\", "\n\n", " ", "", "𠮷𡈽", "/start@bot gate-qh010101"),
    *("/", "/ x", "//", "高铁 G1234", "\u3000", "\u200b", "ﷺ" * 1000, "/start@other x"),
]
TOKENS = [*(gate_token(unit) for unit in UNITS), *INVITES, SPENT, EXPIRED, "gate-none", "9" * 64]
PHONES = [
    NEW_WORKER,
    "+8613900000099",
    STAFF["李强"].phone,
    RESIDENTS["王芳"].phone,
    "",
    "0",
    "长" * 99,
]

ANY_TEXT = st.characters(exclude_categories=["Cs"])
JUNK = st.one_of(st.sampled_from(WORDS), st.text(ANY_TEXT, max_size=40))
BENT = [
    *("", "a", "a:", "a::", ":", "f", "f:", "f::", "f:xxx:1", "f:xxx:1-0.c", "b:1", "\x00"),
    *("a:card:\x00", "a:waive:1:DROP:x:y", "A:MENU", "a:menu:x:y:z"),
]
FORGED = st.one_of(
    st.builds("a:{}:{}".format, st.sampled_from(VERBS), st.integers(0, 400)),
    st.builds("a:{}:{}".format, st.sampled_from(VERBS), st.sampled_from(ARGUMENTS)),
    st.sampled_from(BENT),
    st.text(ANY_TEXT, max_size=20),
)
# What is neither typed nor tapped, nor known to need an answer from a form.
SENT = st.one_of(
    st.fixed_dictionaries(
        {
            "kind": st.just("contact"),
            "phone": st.sampled_from(PHONES) | JUNK,
            "own_contact": st.booleans(),
        }
    ),
    st.fixed_dictionaries({"kind": st.just("photo"), "file": st.just("ph"), "text": JUNK}),
    st.fixed_dictionaries(
        {
            "kind": st.just("location"),
            "latitude": st.floats() | st.none(),
            "longitude": st.floats() | st.none(),
        }
    ),
    st.fixed_dictionaries({"kind": st.just("file"), "file": st.just("f"), "file_name": JUNK}),
    # Stickers, voices, and what is not invented yet.
    st.fixed_dictionaries({"kind": st.just("other"), "text": JUNK}),
)


def bent(data: str, at: int, char: str) -> str:
    """A real button's data, cut or with one character changed."""
    if not char:
        return data[: at % 24]
    place = at % max(len(data), 1)
    return data[:place] + char + data[place + 1 :]


BENDING: st.SearchStrategy[Any] = st.tuples(
    st.integers(0, 400),
    st.integers(0, 63),
    st.sampled_from(["", "0", "9", ":", "-", ".", "é", "x"]),
)
