"""People of the console: logins, roles, sessions, and who looks after them."""

from enscene.tenants.users.change_people import (
    By,
    Change,
    change_own_password,
    change_person,
    decide_change,
    list_changes,
    make_person,
)
from enscene.tenants.users.create_user import create_user, set_password, set_user_status
from enscene.tenants.users.log_in import log_in
from enscene.tenants.users.session import Session, find_session, log_out
from enscene.tenants.users.user import APPROVING, RANKS, ROLES, User, list_users, rank_of

__all__ = [
    "APPROVING",
    "RANKS",
    "ROLES",
    "By",
    "Change",
    "Session",
    "User",
    "change_own_password",
    "change_person",
    "create_user",
    "decide_change",
    "find_session",
    "list_changes",
    "list_users",
    "log_in",
    "log_out",
    "make_person",
    "rank_of",
    "set_password",
    "set_user_status",
]
