"""Words that steer every form, as a person may type them: back, cancel, skip, none ...

The catalogue holds the button's label and, under `engine.words.<word>`, what else people say,
parted by "|". Knows no form.
"""

from __future__ import annotations

from collections.abc import Callable

from handlers.engine.question import fold, fold_word
from models.messages import Text

BACK = Text("engine.back")
CANCEL = Text("engine.cancel")
SKIP = Text("engine.skip")
NONE = Text("engine.none")
DONE = Text("engine.done")
SUBMIT = Text("engine.submit")
EDIT = Text("engine.edit")
ALL_FINE = Text("engine.all_fine")

SYNONYMS = {
    label.key: Text(label.key.replace("engine.", "engine.words."))
    for label in (BACK, CANCEL, SKIP, NONE, DONE, SUBMIT, EDIT, ALL_FINE)
}


def means(label: Text, text: str, say: Callable[[Text], str]) -> bool:
    """Whether a text is what this button says, or another word for it."""
    wanted = fold(text)
    if not wanted:
        return False
    if wanted == (fold if label.params else fold_word)(say(label)):
        return True
    others = SYNONYMS.get(label.key)
    return others is not None and wanted in (fold_word(word) for word in say(others).split("|"))
