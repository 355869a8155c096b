"""Where a conversation may stand before anything can happen: every question of every form, every
command and every button, reached by somebody who does it right.

A play is one person's lines: what she types, or in brackets what she taps (the beginning or the
end of a button's data, on her newest button that has it) or sends. "@26h" lets time pass, "@work"
has jobs done, "name> " before a line gives it to somebody else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import wraps
from typing import Any

from cast import RESIDENTS, chat_of, phone_of
from crowd import Crowd
from district import MARKED, NEW_WORKER, SHOWN_CODE
from ledger import of

from handlers.engine.frame import sub_plan
from handlers.engine.lists import ListQuestion
from handlers.engine.plan import Plan, plan
from handlers.features import registry
from handlers.registry import Registry
from models import crypto
from models.documents.kinds import DocumentKind, shipped
from models.ledgers.headings import mark
from models.ledgers.people import LEAD_LEDGER
from models.sheets import Head, form


@dataclass(frozen=True, slots=True)
class Play:
    person: str
    lines: tuple[str, ...]

    def __repr__(self) -> str:
        return f"{self.person}: {' '.join(self.lines)}"


# -- the forms, each to its last line --------------------------------------------------------------

_WELL_TOLD = ("成都武侯", "刚到", "高铁 G1234", "琉璃大街5号")
_SALE = (
    "/records",
    "[a:register:drugsale]",
    "[a:enter:drugsale]",
    "高建军",
    "13600000001",
    "琉璃大街5号",
    "[.+:fever]",
    "[.done]",
    "38.2",
    "是",
    "[.submit]",
)
_RING = ("/ring", "[a:rings:new]", "[a:rings:make:]", "[:head]", "[a:ring:1:head:p2]")
_VENUE = ("/venues", "[a:addvenue]", "1", "花园超市", "花园小区1栋商铺1", "1", "跳过", "马兰",
          "13900000012", "[.submit]")  # fmt: skip
_HOTEL = ("/venues", "[a:addvenue]", "酒店", "清河宾馆", "花园小区2栋", "1", "跳过", "马兰",
          "13900000012", "[.submit]")  # fmt: skip
_GUEST = tuple(f"马兰> {said}" for said in ("/records", "[a:register:guest]", "[a:enter:guest]",
         "高建军", "510107197702146090", "13600000001", "成都武侯", "自驾", "昨天", "302",
         "[.add]", "王芳", "510107199003071025", "[.done]", "[.submit]"))  # fmt: skip
_FEAST = ("/gathering", "1", "明天", "高建军", "13600000001", "花园小区5栋1单元301", "20", "160",
          "1", "[.submit]")  # fmt: skip
_COLD = ("/venues", "[a:addvenue]", "冷库、冷链", "一号冷库", "花园小区8栋", "1", "跳过", "马兰",
         "13900000012", "[.submit]")  # fmt: skip
_GOODS = tuple(f"马兰> {said}" for said in ("/records", "[a:register:coldchain]",
         "[a:enter:coldchain]", "1", "川A12345", "冻虾", "2", "湛江", "[.+:test]", "[.done]",
         "[.skip]", "[.submit]"))  # fmt: skip
_APPLIED = tuple(f"马兰> {said}" for said in ("/records", "[a:register:resume]",
           "[a:enter:resume]", "1 2 3 4 5 6", "86", "一楼", "[.submit]"))  # fmt: skip
_FAILED = (*_VENUE, "[a:inspect:]", "口罩", "没戴口罩", "[photo]", "否", "[.done]")
_PROPOSED = (*_VENUE, "/venues", "[a:venue:]", "[a:susdraft:]", "没人配合检查")
_CLOSED = (*_PROPOSED, "@1h", "钱伟> [a:susissue:]")
_STAFFED = (*_VENUE, "马兰> /venue", "马兰> [a:staffadd:]", "马兰> 张三 收银 13900000021\n李四")
_LIST = ("孙丽> /records", "孙丽> [a:register:drugsale]")
_SLIP = ("李强> /visit", "李强> [a:doors:]", "李强> [a:door:]", "李强> [:absent]",
         "李强> [a:slip:]", "@1h", "[scan]")  # fmt: skip
FORMS = (
    Play("路人", ("/start gate-qh", "2", "高建军", "13600000001", "510107197702146090",
                *_WELL_TOLD, "1", "[.submit]")),
    Play("路人", ("/report", "1", "高建军", "[own contact]", "510107197702146090",
                *_WELL_TOLD, "1", "[.submit]")),
    Play("王芳", ("[a:measure:]", "38.5", "[.+:cough]", "[.done]")),
    Play("陈建国", ("[a:rollcall]", "1", "38.5", "1", "[.done]")),
    Play("王芳", ("[a:result:]", "1", "[photo]")),
    Play("李强", ("[a:verify:]", "1", "密接的密接", "今天", "是", "[.submit]")),
    Play("李强", ("/away", "[a:awaynew]", "高建军", "[.typed]", "13600000002", "成都武侯", "2",
                "三天后下午3点", "2", "[.submit]")),
    Play("李强", ("/away", "[a:awaynew]", "高建军", "[.typed]", "13600000002", "成都武侯", "1",
                "2", "[.submit]", "/away", "[a:away:]", "[:planned]", "后天")),
    Play("李强", ("/away", "[a:awaynew]", "高建军", "[.typed]", "13600000002", "成都武侯", "1",
                "2", "[.submit]", "/away", "[a:away:]", "[:back]", "刚到")),
    Play("李强", ("/roster 5栋301", "[a:newcomer:]", "陈小小", "跳过", "跳过", "2", "跳过", "跳过",
                "[.submit]")),
    Play("李强", ("/roster 5栋301", "[a:member:]", "[a:moveout:]", "今天")),
    Play("李强", ("/roster 5栋301", "[a:member:]", "[a:newphone:]", "13600000009")),
    Play("李强", ("/roster 5栋301", "[a:member:]", "[a:letting:]", "今天", "跳过", "跳过")),
    Play("李强", ("/roster 5栋301", "[a:member:]", "[a:caring:]", "慢病")),
    Play("李强", ("/roster 5栋301", "[a:newhead:]", "1")),
    Play("路人", ("/tip", "2", "1", "楼上有人回来", "花园小区一网格", "刚才", "[photo]",
                "[.submit]")),
    Play("李强", ("路人> /tip", "路人> 1", "路人> 1", "路人> 有人回来", "路人> 花园小区一网格",
                "路人> 刚才", "路人> 跳过", "路人> [.submit]", "@1h", "[:true]", "[:lead]",
                "高建军", "13600000003", "某楼5号", "刚到", "[.submit]")),
    Play("李强", ("/points", "[a:merit]", "13812345682", "3", "100", "[.submit]", "[a:withdraw:]")),
    Play("孙丽", ("/points", "[a:shopadd]", "大米", "80", "[.submit]", "/points", "[a:shopoff:]")),
    Play("李强", ("/visit", "[a:doors:]", "[a:door:]", "[a:arrival:]", "高建军", "13600000001",
                "510107197702146090", *_WELL_TOLD[:3], "[.submit]")),
    Play("李强", ("/visit", "[a:doors:]", "[a:door:]", "[a:arrival:]", "高建军", "跳过", "跳过",
                "1", *_WELL_TOLD[:3], "[.submit]", "@49h", "[a:papers:]",
                "510107197702146090", "[.submit]")),
    Play("李强", ("/visit", "[a:doors:]", "[a:door:]", "[a:sick:]", "1", "38.5", "[.+:cough]",
                "[.done]")),
    Play("李强", (*_RING, "陈建国> [:yes]", "/ring", "[a:rings:tell]", "今晚停水", "[.submit]",
                "陈建国> [:passed]")),
    Play("路人", (*_SLIP, "[a:slipcall:]", "13600000001")),
    Play("钱伟", ("/visit", "[a:newround:]", "秋季摸排", "明天", "[.submit]")),
    Play("李强", ("[a:verify:]", "没联系上", "打电话", "[.submit]")),
    Play("李强", ("[a:verify:]", "在其他辖区", "柳林村一网格", "[.submit]")),
    Play("孙丽", ("/lead", "3", "协查〔2022〕1号", "成都武侯", "跳过", "高建军",
                "跳过", "13600000001", "琉璃大街5号", "1", "跳过", "[.submit]")),
    Play("孙丽", ("/lead", "1", "高建军", "510107197702146090", "跳过", "柳林村琉璃大街5号", "跳过",
                "[.submit]")),
    Play("孙丽", ("/lead", "1", "高建军", "跳过", "13600000001", "花园小区一网格5号", "跳过",
                "[.submit]", "@1h", "李强> [a:paper:]", "李强> 510107197702146090",
                "李强> [.submit]")),
    Play("路人", ("/volunteer", "2", "周一", "1", "高建军", "13600000001", "1", "[.submit]")),
    Play("郑义", _FAILED),
    Play("郑义", (*_FAILED, "@1h", "马兰> [a:prove:]", "马兰> [photo]", "马兰> 都戴了", "@1h",
                "[a:probagain:]", "还有一个没戴", "[photo]")),
    Play("郑义", (*_VENUE, "/venues", "[a:venue:]", "[a:venuehead:]", "马兰", "13900000012")),
    Play("郑义", (*_FAILED, "[a:suggest:]", "1", "放一瓶消毒液")),
    Play("郑义", (*_PROPOSED, "@1h", "钱伟> [a:susrefuse:]", "钱伟> 已约谈")),
    Play("郑义", (*_CLOSED, "@97h", "[a:susshut:]", "还没打扫")),
    Play("吴刚", ("/checklist", "[a:checklist:shop]", "[a:itemadd:shop]", "取餐架消毒", "是")),
    Play("钱伟", ("/bulletin", "[a:bulletin:days]", "今天", "今天", "@work")),
    Play("钱伟", ("/export", "[a:ledger:leads]", "[a:ledger:leads:unit]", "花园", "1",
                "[a:ledger:leads:days]", "今天", "今天", "@work")),
    Play("钱伟", ("/export", "[a:ledger:leads]", "[:w]", "[a:ledger:leads:days]", "今天", "今天",
                "核对名单", "@work")),
    Play("孙丽", ("/export", "[a:ledger:observed]", "[:w]", "[a:ledger:observed:today]",
                "疾控核对", "@work")),
    Play("钱伟", ("/report_period", "[a:periodreport:days]", "今天", "今天", "@work")),
    Play("郑义", (*_STAFFED, "马兰> [a:tempill:]", "马兰> 李四", "马兰> 没上班", "马兰> 张三",
                "马兰> 体温高", "马兰> 38.2", "马兰> [.done]", "马兰> [a:withdraw:]")),
    Play("郑义", (*_VENUE, "马兰> /venue", "马兰> [a:venuestaff:]", "马兰> [a:deputy:]",
                "马兰> 周涛", "马兰> 13812345679", "马兰> [a:venueday:]", "马兰> [a:venuestaff:]",
                "马兰> [a:deputyoff:]")),
    Play("冯静", ("/invite", "2", "QH010101")),
    Play("冯静", ("/gate", "QH010101")),
    Play("李强", ("/leave", "今天", "1")),
    Play("吴刚", ("/find", "欧", "欧兰")),
    Play("李强", ("/for", "王芳", "1")),
    Play("冯静", ("/rules", "[a:rulegroup:daily]", "[a:rule:cut_off]", "18:00", "[.submit]")),
    Play("孙丽", ("/alerts", "[a:alerthours]", "[.+:fever]", "[.done]", "4", "7点", "21点")),
    Play("孙丽", ("/duty", "[a:newpost]", "2", "东门", "否", "是", "30.57 104.06", "概况", "任务",
                "处置", "特情", "[.submit]")),
    Play("孙丽", ("/duty", "[a:manpost]", "1", "李强", "今天8点半", "12", "1", "[.submit]")),
    Play("李强", ("/duty", "[a:dutyshift:1]", "[a:signin:1]", "[location]")),
    Play("李强", ("/duty", "[a:dutyshift:2]", "[a:signin:2]", "[a:noteread:2]",
                "[a:handover:2]", "栏杆松了")),
    Play("李强", ("/duty", "[a:dutyshift:2]", "[a:standin:2]", "赵敏")),
    Play("路人", ("/need", "1", "大米", "1", "高建军", "13600000001", "琉璃大街5号", "1",
                "[.submit]", "李强> /today")),
    Play("陈建国", ("/need", "4", "睡不着", "[.submit]")),
    Play("陈建国", ("/need", "2", "降压药", "[.submit]", "@1h", "李强> [a:helptake:]",
                "李强> [a:helpdone:]", "[a:helplack:]", "碎了")),
    Play("王芳", ("/volunteer", "2", "周一 周二", "[.+:morning]", "[.done]",
                "[.submit]")),
    Play("许红", _SALE),
    Play("许红", ("/records", "[a:register:fever]", "[a:enter:fever]", "高建军",
                "13600000001", "琉璃大街5号", "38.2",
                "[.+:fever]", "[.done]", "跳过", "1", "[.submit]", "[a:withdraw:]")),
    Play("路人", ("/start code-venue", "/records", "[a:register:absence]", "[a:enter:absence]",
                "高建军", "三年级一班", "[.+:fever]", "[.done]", "否", "13600000001", "琉璃大街5号",
                "[.submit]", "[a:withdraw:]")),
    Play("李强", ("/records", "[a:register:disinfect]", "[a:enter:disinfect]", "岗亭", "1",
                "30", "跳过", "[.submit]",
                "[a:withdraw:]")),
    Play("孙丽", ("/records", "[a:register:supplies]", "[a:enter:supplies]", "1", "100", "20",
                "跳过", "[.submit]", "@1h", "[a:followed:]", "[a:withdraw:]")),
    Play("郑义", (*_HOTEL, *_GUEST, "马兰> [a:register:guest]", "马兰> [a:inside:guest]",
                "马兰> [a:letout:]", "马兰> 去别的地方", "马兰> 成都武侯",
                "马兰> [a:withdraw:]")),
    Play("吴刚", ("/areas", "[a:areaadd]", "成都武侯", "/areas", "[a:areaoff:]")),
    Play("路人", (*_FEAST, "@1h", "孙丽> [a:guide:]", "孙丽> [a:guideby:]",
                "孙丽> [a:guideadvice:]",
                "孙丽> 1", "孙丽> 少请人", "孙丽> [a:attended:]", "孙丽> 1", "孙丽> 9", "孙丽> 80",
                "孙丽> 0", "[a:withdraw:]")),
    Play("路人", (*_FEAST, "[a:withdraw:]")),
    Play("路人", (*_FEAST[:5], "某地5号", "1", *_FEAST[6:])),
    Play("郑义", (*_HOTEL, *_GUEST, "马兰> [a:withdraw:]")),
    Play("郑义", (*_VENUE, "/venues", "[a:venue:]", "[:resting]", *_APPLIED,
                "马兰> [a:withdraw:]")),
    Play("郑义", (*_COLD, *_COLD[:3], "二号冷库", *_COLD[4:], *_GOODS[:3],
                "马兰> [a:enterat:]")),
    Play("郑义", (*_COLD, *_GOODS, "@1h", "[a:followed:]", "马兰> [a:withdraw:]")),
    Play("郑义", (*_COLD, "@10h", "@23h", "马兰> [a:stock:]", "马兰> [a:stockok:]",
                "@24h",
                "马兰> [a:stockzero:]")),
    Play("郑义", (*_VENUE, "/venues", "[a:venue:]", "[:resting]", *_APPLIED, "@1h",
                "[:refused]", "灰太多",
                "马兰> [a:correct:]", "马兰> [.submit]", "@1h", "[:passed]")),
    Play("孙丽", ("@11h", "[a:reportadd:]", "1", "2", "纸质表登记", "[a:correct:]", "1", "3",
                "写错了", "[a:withdraw:]", "[a:reportok:]", "[a:reportadd:]", "1", "1",
                "又有一名", "[a:withdraw:]")),
    Play("许红", (*_SALE, *_LIST, "孙丽> [a:row:]", "孙丽> [a:sendback:]", "孙丽> 体温不对",
                "[a:correct:]", "[.submit]")),
)  # fmt: skip

# -- everything else that a hand can do ------------------------------------------------------------

_REPORTED = FORMS[1].lines
_OFFERED = ("/volunteer", "2", "周一 周二", "1 2 3", "[.submit]", "@1h")
_CALLED = (*_OFFERED, "李强> [a:volok:]", "王芳> /need", "王芳> 2", "王芳> 降压药",
           "王芳> [.submit]", "@1h", "李强> [a:helpcall:]", "@work")  # fmt: skip
_WORKERS, _SUPERVISORS = ("李强", "刘洋"), ("孙丽", "何平", "钱伟", "高峰")
_HERE = ("/start gate-qh010101", "2", "高建军", "13600000001", "510107197702146090",
         *_WELL_TOLD, "[.submit]")  # fmt: skip
_LEADS = ("刘洋> /verify", "李强> /verify")
_LISTS = (
    *(f"{name}> {said}" for name in _WORKERS for said in ("/today", "/verify")),
    *(
        f"{name}> {said}"
        for name in _SUPERVISORS
        for said in ("/today", "[a:day:checkin]", "/overdue")
    ),
)
DEEDS = (
    *(Play("李强", (f"/{name}",)) for name in ("today", "verify", "menu", "help", "status")),
    *(Play("冯静", (f"/{name}",)) for name in ("packs", "units", "cancel", "lang")),
    *(Play("王芳", (f"/{name}",)) for name in ("checkin", "test", "mydata", "start", "report")),
    *(Play("吴刚", (f"/start code-{role}",)) for role in ("inspector", "admin", "resident")),
    Play("吴刚", ("@26h", "/today", "[a:day:checkin]", "[a:day]", "[a:again:all]")),
    Play("孙丽", ("/digest 8点", "/digest", "[a:digest]")),
    Play("孙丽", ("/broadcast", "[a:cast:units:]", "[a:cast:to:]", "[:grid_worker]", "今晚开会",
                "[a:cast:again:]", "今晚开会", "[a:cast:drop:]")),
    Play("吴刚", ("/broadcast", "[:grid_worker]", "今晚开会", "[a:cast:go:]", "@work",
                "李强> [a:heard:]", "吴刚> [a:cast:show:]", "吴刚> /broadcast")),
    Play("吴刚", ("/broadcast", "[:grid_worker]", "今晚开会", "[a:cast:go:]", "[a:cast:stop:]")),
    Play("吴刚", ("李强> /lang", "李强> [a:lang:en]", "/broadcast", "[:grid_worker]", "今晚开会",
                "[a:cast:lang:]", "Meeting tonight", "[a:cast:go:]")),
    Play("吴刚", ("@26h", "/digest", "[a:nudgeall]")),
    Play("吴刚", ("@26h", "/digest", "[a:overdue]", "[a:overdue:1]", "/overdue 1")),
    Play("孙丽", ("@26h", *_LISTS)),
    # In time, late, not at all; counted before the cut-off and after it.
    Play("王芳", ("[a:well:]", "@4h", "邬秘一> 36.5", "邬秘一> [.none]",
                "孙丽> /digest", "@9h", "孙丽> /digest", "孙丽> [a:digest]", "@24h")),
    Play("王芳", ("在吗", "[a:menu]", "[a:go:checkin]", "[a:well:]", "[a:correct:]", "37",
                "[.none]")),
    Play("王芳", ("[a:unwell:]", "/cancel", "/checkin", "36.6", "[.none]", "/checkin",
                "[a:ill:]", "39", "[.none]")),
    Play("王芳", ("[a:sampled:]", "/test", "[a:pending:]", "[a:trouble:]", "[photo]", "1")),
    Play("王芳", ("/mydata", "[a:fixdata:]", "/lang", "[a:lang:en]", "[a:menu]")),
    Play("陈建国", ("[a:allwell]", "/test", "[a:card:]")),
    Play("路人", (*_REPORTED, "[a:correct:]", "[.submit]", "[a:withdraw:]")),
    # A stranger who has read somebody's number off a card.
    Play("路人", ("/start gate-qh020101", "2", "高建军", "13600000001",
                RESIDENTS["林志明"].number, *_WELL_TOLD, "[.submit]", *_LEADS)),
    Play("路人", ("/start gate-qh010101", "2", "高建军", "13600000001",
                RESIDENTS["林志明"].number, *_WELL_TOLD, "[.submit]", *_LEADS)),
    Play("路人", ("/start gate-qh020101", "2", "高建军", "13600000001", MARKED["邬秘一"].number,
                *_WELL_TOLD, "[.submit]", *_LEADS)),
    Play("李强", (*FORMS[8].lines[:-1], "昨天晚上8点", "/away", "[a:awaynames:late]")),
    Play("吴刚", ("/away", "[a:awaypage:1]", "[a:awaypage:0]", "/away 9")),
    Play("孙丽", ("/away", "[a:awaynew]", "高建军", "[.typed]", "13600000002", "1", "成都武侯",
                "1", "2", "[.submit]")),
    Play("李强", ("/today", "[a:claim:]", "[a:call:]", "/today", "[a:close:]", "[:home]")),
    Play("李强", ("/visit", "[a:doors:]", "[a:door:]", "[:well]", "[a:unvisit:]", "[a:walk:]",
                "[a:order:]", "[:down]", "[a:storeys:]")),
    Play("李强", ("/visit", "[a:doors:]", "[a:door:]", "[a:other:]", "[:refused]", "[a:when:]",
                "[:evening]", "@26h", "[a:revisit:]", "[:well]")),
    Play("路人", (*_SLIP, "[a:slipwell:]", "[scan]", "李强> /today")),
    Play("路人", (*_SLIP, "[a:slipreport:]", "2", "高建军", "13600000001", "510107197702146090",
                *_WELL_TOLD[:3], "[.submit]", "[a:withdraw:]", "@26h", "李强> /today")),
    Play("钱伟", ("/visit", "[a:grids:]")),
    Play("李强", (*_RING, "陈建国> [:yes]", "陈建国> [:well]", "陈建国> [:need]",
                "陈建国> [a:ring:1:help:]", "陈建国> /cancel",
                "陈建国> /ring", "陈建国> [:newcomer]",
                "陈建国> [a:ring:1:newcomer:]", "陈建国> 张大爷的儿子", "陈建国> [.q:yesterday]",
                "陈建国> [a:withdraw:]", "陈建国> /ring", "陈建国> [:no]",
                "[a:ring:1]", "[:doors]", "[a:ring:1:door:]",
                "/ring", "[a:ring:1]", "[:end]", "[:yes]")),
    Play("李强", (*_RING[:-1], "[a:ring:1:head:p12]", "陈建国> [a:ringhome:quiet]",
                "陈建国> [a:ringhome:leave]")),
    Play("李强", ("/visit", "[a:doors:]", "[a:door:]", "[a:arrival:]", "高建军", "13600000001",
                "510107197702146090", *_WELL_TOLD[:3], "[.submit]", "[a:withdraw:]")),
    Play("李强", ("/visit", "[a:doors:]", "[a:door:]", "[a:sick:]", "1", "38.5", "[.+:cough]",
                "[.done]", "[a:withdraw:]")),
    Play("钱伟", ("/visit", "[a:newround:]", "秋季摸排", "明天", "[.submit]", "/visit",
                "[a:endround:]")),
    Play("钱伟", ("/visit", "[a:newround:]", "秋季摸排", "明天", "[.submit]", "@48h")),
    Play("李强", ("[a:release:]", "[:yes]")),
    *(Play(play.person, (*play.lines, "[a:withdraw:]")) for play in FORMS
      if "/roster 5栋301" in play.lines and "慢病" not in play.lines
      and "13600000009" not in play.lines),
    Play("李强", ("5栋301", "[a:member:]", "[a:home:]", "/roster")),
    Play("李强", ("@26h", "5栋301", "[a:member:]", "[a:why:]", "/why 王芳")),
    Play("李强", ("/find 5栋301", "/find 陈", "[a:found:]", "[a:home:]")),
    Play("李强", ("陈建国发烧了", "[a:seek:]")),
    Play("李强", ("/twins", "[a:twins:parted:]", "[a:twins:again:]", "[a:twins:later:]")),
    Play("李强", ("/twins", "[a:twins:same:]", "[a:twins:keep:]")),
    Play("李强", ("/today", "[a:claim:]", "[a:picture:]")),
    Play("李强", ("/today", "[a:claim:]", "[a:giveback:]", "/alerts")),
    Play("孙丽", ("/care",)),
    Play("李强", ("[a:reached:]",)),
    Play("李强", ("[a:waive:]", "[:away]")),
    Play("李强", ("[a:unreachable:]",)),
    Play("李强", ("@26h", "/today", "[a:day:checkin]", "[a:behalf:]", "36.5", "[.none]")),
    Play("李强", (*FORMS[5].lines, "[a:withdraw:]")),
    Play("李强", ("/for 王芳", "[:ok]", "[:checkin]", "36.5", "[.none]", "/for 王芳", "[:test]")),
    Play("李强", ("/for 陈奶奶", "[:ok]", "[:home]", "[.done]", "/for 陈奶奶", "[:status]",
                "/for 陈奶奶", "[:correct]", "/for 陈奶奶", "[:report]")),
    Play("李强", ("/for 陈奶奶", "[:ok]", "[:help]", "2", "降压药", "[.submit]")),
    Play("孙丽", ("/staff", "[a:post:]", "[a:newcode:]", "[a:leaves:]", "[:0]", "[a:stays:]",
                "[a:staff:0]")),
    Play("冯静", ("/staff", "[a:staff:1]")),
    Play("李强", ("/leave", "今天", "1", "赵敏> [a:refuse:]", "@1h", "孙丽> [a:appoint:]",
                "孙丽> [a:appoint:]", "/leave", "/back", "我回来了")),
    Play("李强", ("明天到周五请假", "1", "/leave", "[a:moreleave]", "今天", "2", "/leave",
                "[a:calloff:]", "@26h", "/leave")),
    Play("李强", ("/leave", "[.q:tomorrow_only]", "1", "[a:withdraw:]", "后天请假", "1",
                "赵敏> [a:refuse:]", "@1h", "孙丽> [a:appoint:]", "@50h", "我回来了")),
    Play("李强", ("/leave", "明天", "1", "[a:withdraw:]", "/leave", "明天", "2", "@26h", "/today")),
    Play("李强", ("/duty", "[a:dutyshift:2]", "[a:dutypost:2]", "[a:signin:2]", "[a:noteread:2]",
                "[a:signout:2]")),
    Play("李强", ("/duty", "[a:dutyshift:2]", "[a:standin:2]", "赵敏", "赵敏> [a:standyes:2]",
                "赵敏> [a:signin:2]")),
    Play("李强", ("/duty", "[a:dutyshift:2]", "[a:standin:2]", "赵敏", "赵敏> [a:standno:2]")),
    Play("陈建国", ("/need", "2", "降压药", "[.submit]", "@1h", "李强> [a:helptake:]",
                "李强> [a:helpback:]", "李强> [a:helptake:]", "李强> [a:helpdone:]",
                "[a:helpgot:]")),
    Play("陈建国", ("/need", "4", "[.skip]", "[.submit]", "@1h", "李强> [a:helptake:]",
                "李强> [a:helpdone:]", "[a:helpmore:]", "[a:helpoff:]")),
    Play("陈建国", ("/need", "4", "[.skip]", "[.submit]", "@1h", "李强> [a:helptake:]",
                "李强> [a:helpdone:]", "[a:helpfine:]")),
    Play("陈建国", (*_OFFERED, "李强> [a:volok:]", "/volunteer", "[a:volpause]", "[a:volresume]",
                "[a:voledit]", "/cancel", "/volunteer", "[a:volleave]")),
    Play("陈建国", (*_OFFERED, "孙丽> /volunteer", "孙丽> [a:vol:]", "孙丽> [a:volphone:]",
                "孙丽> [a:volok:]", "孙丽> [a:volend:]", "孙丽> [:yes]")),
    Play("陈建国", (*_CALLED, "[a:servetake:]", "[a:servedone:]", "王芳> [a:helpgot:]")),
    Play("陈建国", (*_CALLED, "[a:servetake:]", "[a:serveback:]")),
    Play("陈建国", (*_CALLED, "[a:serveno:]")),
    Play("陈建国", (*_OFFERED, "李强> [a:volphone:]")),
    Play("陈建国", (*_CALLED, "[a:servetake:]", "李强> [a:helptake:]", "李强> [a:helpback:]")),
    Play("李强", ("/for 陈奶奶", "[:ok]", "[:volunteer]", "2", "周一", "1",
                "13600000001", "[.submit]", "/volunteer")),
    Play("李强", ("/volunteer", "[a:volpage:]")),
    Play("孙丽", ("/duty", "[a:dutymonth]")),
    Play("赵敏", ("/duty", "[a:dutycall:]")),
    Play("孙丽", ("/duty", "[a:dutyshift:2]", "[a:dutyoff:2]", "[:yes]")),
    Play("孙丽", ("[file]", "@work", "[a:sheet:]")),
    Play("孙丽", ("[file]", "@work", "[:columns]", "[:column:0]", "[:mean:0:phone]")),
    Play("李强", ("陈建国> /points", "陈建国> [a:want:]", SHOWN_CODE, "[a:spend:]", "[a:unpoint:]",
                "[:yes]")),
    Play("路人", (*_HERE, "@1h", "李强> [:no_answer]", "李强> [a:withdraw:]",
                "李强> [:system_fault]", "@2h", "李强> [:no_answer]", "@2h",
                "李强> [:no_answer]", "李强> [a:giveup:]")),
    Play("路人", (*_HERE, "@1h", "李强> [:empty_number]", "李强> [a:withdraw:]")),
    Play("路人", (*_HERE, "@1h", "李强> [:empty_number]", "@1h", "孙丽> /lead", "孙丽> 1",
                "孙丽> 高建军", "孙丽> 510107197702146090", "孙丽> 跳过",
                "孙丽> 花园小区一网格5号", "孙丽> 跳过", "孙丽> [.submit]", "@1h",
                "李强> [a:same:]")),
    Play("孙丽", ("/lead", "1", "高建军", "510107197702146090", "跳过", "柳林村琉璃大街5号", "跳过",
                "[.submit]", "[a:withdraw:]")),
    Play("孙丽", ("/batches", "[a:batches:1]", "[a:batches:0]", "[a:answer:]", "@work")),
    Play("郑义", (*_FAILED, "马兰> [a:sign:]", "@1h", "马兰> [a:proback:]", "马兰> /problems",
                "马兰> [a:problem:]", "[location]", "/inspect 花园", "/problems", "[a:problem:]",
                "[a:probpic:]", "[a:probclose:]", "@180h", "[a:probheld:]")),
    Play("郑义", (*_VENUE, "/venues", "[a:venue:]", "[a:venueofficer:]", "[a:venuedoor:]",
                "[:resting]", "马兰> /venues")),
    Play("郑义", (*_CLOSED, "/venues", "[a:venue:]", "[a:suspension:]", "[a:sustrading:]", "@97h",
                "[a:susopen:]", "/supervise")),
    Play("郑义", (*_FAILED, "[a:notice:]", "@work", "/problems", "[a:ledger:problems]",
                "[a:ledger:problems:today]",
                "@work")),
    Play("吴刚", ("/template", "[a:template:notice]", "[:get]", "[template]", "@work",
                "[:notice]", "@work", "[a:template:notice]", "[:use:0]")),
    Play("吴刚", ("/template", "[a:headings]", "[a:headings:leads]", "[:get]", "[headings]",
                "@work", "[:adopt]", "[a:headings:leads]", "[:use:0]", "[headings]", "@work",
                "[:rows]", "@work")),
    Play("郑义", (*_STAFFED, "马兰> [a:tempok:]", "马兰> [a:enter:disinfect:]", "马兰> 1",
                "马兰> 30", "马兰> 跳过", "马兰> [.submit]", "@1h", "马兰> [a:asbefore:]",
                "马兰> [a:tempok:]", "@26h", "孙丽> [a:loggaps:]")),
    Play("郑义", (*_STAFFED, "马兰> [a:swabs:]", "马兰> [a:swab:]", "马兰> [a:swab:]",
                "马兰> [a:swaball:]", "马兰> [a:swabresults:]", "马兰> [:positive]",
                "马兰> [:yes]", "马兰> [a:swabresults:]", "马兰> [a:swabneg:]",
                "马兰> /venue", "马兰> [a:venuestaff:]", "马兰> [a:onestaff:]",
                "马兰> [a:staffback:]", "马兰> [a:onestaff:]", "马兰> [a:staffgone:]",
                "马兰> [:yes]")),
    Play("吴刚", ("/checklist", "[a:checklist:shop]", "[a:itemswitch:shop:]")),
    Play("冯静", ("/packs", "[a:pack:mpox-cn]")),
    Play("孙丽", ("[joined #业主群]", "花园小区一网格", "1", "/groups", "[a:group:]",
                "[a:groupposts:]", "[a:groupgate:]", "[a:groupnotice:]", "今晚停水", "[.submit]",
                "/groups", "[a:group:]", "[a:groupoff:]", "[:yes]")),
    Play("孙丽", ("[joined #工作群]", "花园社区", "2", "李强> [topic #工作群]", "[told #工作群]",
                "[a:grouptopics:]", "@work", "刚来> [told #工作群]", "刚来> [asked #工作群]",
                "王芳> [asked #工作群]", "#工作群> [moved #大群]", "李强> [topic #大群]",
                "#大群> [left]", "/groups")),
    Play("王芳", ("[joined #姐妹群]", "刚来> [asked #姐妹群]")),
    Play("孙丽", ("@11h", "[a:recordfor:]", "[a:enter:disinfect:]", "岗亭", "1", "30", "跳过",
                "[.submit]", "[a:reportok:]", "[a:reportok:]", "/zero", "[a:withdraw:]")),
    Play("孙丽", ("/digest", "[a:chart]")),
    Play("钱伟", ("@11h", "/zero", "[a:reportnudge]", "@1h", "孙丽> [a:reportok:]",
                "@20h", "/digest")),
    Play("冯静", ("/rules", "[a:rulegroup:daily]", "[a:rule:grids_report]", "是",
                "[.submit]", "@11h",
                "孙丽> [a:reportok:]", "孙丽> /zero", "孙丽> [a:reports]")),
    Play("许红", (*_SALE, "@1h", "[a:withdraw:]")),
    Play("许红", (*_SALE, *_LIST, "孙丽> [a:row:]", "孙丽> [a:approve:]")),
    Play("许红", (*_SALE, "@9h", "孙丽> [a:register:drugsale]", "孙丽> [a:approveall:]")),
    Play("刚来", ("打卡",)),
    Play("刚来", ("[staff contact]",)),
)  # fmt: skip


def plays() -> list[Play]:
    """Each form from every one of its questions, and everything else."""
    stopped = [
        Play(play.person, play.lines[:end])
        for play in FORMS
        for end in range(1, len(play.lines) + 1)
    ]
    return [*stopped, *DEEDS]


async def perform(crowd: Crowd, play: Play, reached: Reached) -> None:
    for line in play.lines:
        if line == "@work":
            await crowd.work()
            continue
        if line.startswith("@"):
            await crowd.pass_time(timedelta(hours=int(line.strip("@h"))))
            continue
        other, _, said = line.rpartition("> ")
        person = other or play.person
        await crowd.act(person, **_content(crowd, person, said))
        reached.look(crowd, person)


def _content(crowd: Crowd, person: str, line: str) -> dict[str, Any]:
    """What the line stands for. Raises LookupError where she has no such button."""
    if not line.startswith("["):
        return {"kind": "text", "text": line}
    inside = line.strip("[]")
    match inside:
        case "own contact":
            return {"kind": "contact", "phone": phone_of(person), "own_contact": True}
        case "staff contact":
            return {"kind": "contact", "phone": NEW_WORKER, "own_contact": True}
        case "location":
            return {"kind": "location", "latitude": 30.57, "longitude": 104.06}
        case "file":
            crowd.phones.files["f"] = "姓名,身份证号,网格\n王芳,1,一网格\n".encode()
            return {"kind": "file", "file": "f", "file_name": "f.csv"}
        case "template":
            crowd.phones.files["t"] = shipped(DocumentKind.NOTICE)
            return {"kind": "file", "file": "t", "file_name": "t.docx"}
        case "headings":
            crowd.phones.files["h"] = _headings()
            return {"kind": "file", "file": "h", "file_name": "h.xlsx"}
        case "photo":
            return {"kind": "photo", "file": "a-picture"}
        case "scan":
            return {"kind": "text", "text": f"/start {crowd.posters[-1]}"}
    verb, _, group = inside.partition(" ")
    if verb in _GROUP:
        return _GROUP[verb](chat_of(group))
    for owner, data in reversed(crowd.shown):
        if owner == person and (data.startswith(inside) or data.endswith(inside)):
            return {"kind": "tap", "data": data, "message_id": "m1"}
    raise LookupError(f"{person} has no button {inside}")


# What happens in a group, or to it.
_GROUP: dict[str, Callable[[str], dict[str, Any]]] = {
    "joined": lambda place: {"kind": "joined", "place": place, "text": "群"},
    "left": lambda _: {"kind": "left"},
    "moved": lambda place: {"kind": "moved", "data": place},
    "told": lambda place: {"kind": "disclosure", "place": place, "data": "document,phone"},
    "asked": lambda place: {"kind": "text", "place": place, "text": "/report"},
    "topic": lambda place: {"kind": "text", "place": place, "text": "/topic", "topic": "7"},
}


# -- what was reached ------------------------------------------------------------------------------


@dataclass
class Reached:
    """Which handlers did their work, and which questions somebody was asked."""

    done: set[str] = field(default_factory=set)
    asked: set[tuple[str, str]] = field(default_factory=set)

    def registry(self) -> Registry:
        """All features, each handler noted when it has not refused."""
        made = registry()
        for kind in ("commands", "actions", "happenings"):
            handlers = getattr(made, kind)
            handlers |= {name: self._noting(f"{kind}:{name}", h) for name, h in handlers.items()}
        for code, spec in made.forms.items():
            submit = self._noting(f"submit:{code}", spec.submit)
            withdraw = spec.withdraw and self._noting(f"withdraw:{code}", spec.withdraw)
            made.forms[code] = replace(spec, submit=submit, withdraw=withdraw)
        return made

    def _noting(self, name: str, handler: Any) -> Any:
        @wraps(handler)
        async def noted(*arguments: Any) -> Any:
            result = await handler(*arguments)
            self.done.add(name)
            return result

        return noted

    def look(self, crowd: Crowd, person: str) -> None:
        """The question that she is at."""
        for row in of(crowd.ledger, "conversations"):
            if row["chat"] == chat_of(person) and row["draft"]:
                drafts = json.loads(crypto.unseal(row["draft"], "conversations.draft"))
                self._note(json.loads(drafts[-1]))

    def _note(self, draft: dict[str, Any]) -> None:
        self.asked.add((draft["form"], draft["at"]))
        if draft.get("sub"):
            self._note(draft["sub"])

    def missing(self) -> list[str]:
        """What nobody has reached."""
        made = registry()
        handlers = {f"commands:{name}" for name in made.commands}
        handlers |= {f"actions:{name}" for name in made.actions}
        handlers |= {f"happenings:{name}" for name in made.happenings}
        handlers |= {f"submit:{code}" for code in made.forms}
        handlers |= {f"withdraw:{code}" for code, spec in made.forms.items() if spec.withdraw}
        fields = {asked for form in made.form_classes() for asked in _questions(plan(form))}
        lost = sorted(handlers - self.done)
        return [*lost, *(f"{form}.{name}" for form, name in sorted(fields - self.asked))]


def _headings() -> bytes:
    """The headings of the ledger of leads, one of them with another word."""
    heads = [
        Head("电话" if one.code == "phone" else one.code, one.width, mark(LEAD_LEDGER, one.code))
        for one in LEAD_LEDGER.columns
    ]
    return form("线索台账", heads)


def _questions(walked: Plan) -> Iterator[tuple[str, str]]:
    for question in walked.questions:
        yield walked.form.code, question.name
        if isinstance(question, ListQuestion):
            yield from _questions(sub_plan(question))
