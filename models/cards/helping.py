"""The card of somebody at home who needs something."""

from __future__ import annotations

from models.cards.face import Face, Facts, button, primary
from models.identity import mask_phone
from models.messages import Rows, Text
from models.obligations import Kind, Obligation


def help_facts(item: Obligation) -> Facts:
    """What somebody needs and where, the number masked; what is on her mind is for who calls."""
    detail, need = item.details(), str(item.facts["need"])
    said = detail.get("what") if need != "comfort" else ""
    phone = detail.get("phone")
    return {
        "need": Text(f"help.need.{need}"),
        "what": Text("help.what", {"what": said}) if said else "",
        "name": detail.get("staff", ""),
        "address": detail.get("address", ""),
        "phone": mask_phone(phone) if phone else Text("card.no_phone"),
    }


def _rows(item: Obligation) -> Rows:
    take = primary("helptake", item)
    return ((take,),) if item.owner_id is None else ((take, button("helpdone", item)),)


FACES = {Kind.HELP: Face(facts=help_facts, team=_rows, first="helptake")}
