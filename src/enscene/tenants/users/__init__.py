"""People of the console: logins, roles, sessions."""

from enscene.tenants.users.create_user import create_user, set_password, set_user_status
from enscene.tenants.users.log_in import log_in
from enscene.tenants.users.session import Session, find_session, log_out
from enscene.tenants.users.user import ROLES, User, list_users

__all__ = [
    "ROLES",
    "Session",
    "User",
    "create_user",
    "find_session",
    "list_users",
    "log_in",
    "log_out",
    "set_password",
    "set_user_status",
]
