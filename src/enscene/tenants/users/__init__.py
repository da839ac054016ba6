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
from enscene.tenants.users.create_user import (
    create_user,
    insert_person,
    set_password,
    set_user_status,
)
from enscene.tenants.users.help_person import HELP, Help, check_help, help_person
from enscene.tenants.users.log_in import log_in
from enscene.tenants.users.passwords import hash_password, new_password
from enscene.tenants.users.session import Session, find_session, log_out
from enscene.tenants.users.user import APPROVING, RANKS, ROLES, User, list_users, rank_of

__all__ = [
    "APPROVING",
    "HELP",
    "RANKS",
    "ROLES",
    "By",
    "Change",
    "Help",
    "Session",
    "User",
    "change_own_password",
    "change_person",
    "check_help",
    "create_user",
    "decide_change",
    "find_session",
    "hash_password",
    "help_person",
    "insert_person",
    "list_changes",
    "list_users",
    "log_in",
    "log_out",
    "make_person",
    "new_password",
    "rank_of",
    "set_password",
    "set_user_status",
]
