"""What can be wrong with the place where data live, told in one line."""

from __future__ import annotations

from enscene.kernel.errors import Unavailable

ABSENT = 69  # something needed is not there
CANNOT_WRITE = 73  # no room, or no permission
TRY_AGAIN = 75
MISCONFIGURED = 78


class StorageFault(Unavailable):
    """The database cannot be used as things are; `exit_code` follows sysexits.h."""

    code = "storage.fault"

    def __init__(self, chinese: str, english: str, *, exit_code: int = ABSENT) -> None:
        super().__init__(english)
        self.chinese = chinese
        self.exit_code = exit_code

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.chinese, self.detail, self.exit_code)


def _rebuild(kind: type[StorageFault], chinese: str, english: str, exit_code: int) -> StorageFault:
    return kind(chinese, english, exit_code=exit_code)


def disk_full(place: object) -> StorageFault:
    """Return the fault of a disk without room."""
    return StorageFault(f"磁盘已满：{place}", f"disk full: {place}", exit_code=CANNOT_WRITE)
