"""Routes: who else has a case before them."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from admin_api import policy
from admin_api.access import AsOfficer, AtDoor, StaffDoor
from admin_api.cases import CaseNo, visible
from admin_api.narrowing import NarrowRouter
from admin_api.policy import Verb
from complaints import presence
from complaints.presence import Present
from complaints.tables import Officer
from data.database import transaction

router = NarrowRouter(prefix="/api/v1/cases", tags=["cases"])


class PresentOut(BaseModel):
    """A colleague who had the case before them in the last five minutes."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    at: datetime
    drafting: bool


@router.post(
    "/{case_no}/viewing",
    operation_id="note_case_viewing",
    summary="我正在看這一案 / I have this case before me",
)
def note_viewing(case_no: CaseNo, door: AtDoor, officer: AsOfficer) -> list[PresentOut]:
    """Noted for five minutes; answers with who else has it. Send it again while it is open."""
    policy.require(officer, Verb.READ_CASES, changing=True)
    return [PresentOut.model_validate(one) for one in look(door, officer, case_no)]


def look(door: StaffDoor, officer: Officer, case_no: str) -> list[Present]:
    """Note that the officer has the case before them, and who else does; raises UnknownCase."""
    now = door.clock()
    with transaction(door.engine) as tx:
        case = visible(tx, case_no, officer, now)
        presence.note_viewing(tx, case, by=officer, now=now)
        return list(presence.others(tx, case, but=officer, now=now))
