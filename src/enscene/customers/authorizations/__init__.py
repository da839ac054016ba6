"""What an application asks a customer for, the customer's answer, and what was served under it."""

from enscene.customers.authorizations.answer_request import allow_request, refuse_request
from enscene.customers.authorizations.asked import PURPOSES, Asked
from enscene.customers.authorizations.factor import (
    CODE_LIFE,
    SecondFactor,
    SentCode,
    check_code_for,
    make_code,
    make_code_for,
    what_is_granted,
)
from enscene.customers.authorizations.find_consents import Consent, find_consent, find_consents
from enscene.customers.authorizations.limits import (
    ForbiddenUse,
    check_use,
    find_forbidden,
    find_limits,
    note_forbidden,
    read_limits,
)
from enscene.customers.authorizations.log import log_consent
from enscene.customers.authorizations.mask import mask_value
from enscene.customers.authorizations.receipts import (
    Receipt,
    Served,
    find_receipts,
    list_receipts,
    write_receipt,
)
from enscene.customers.authorizations.redeem_code import REDEEM_S, Redeemed, redeem_code
from enscene.customers.authorizations.request import (
    AuthorizationRequest,
    find_request,
    open_request,
    push_request,
    request_id,
    show_request,
)
from enscene.customers.authorizations.stated_factor import Statement, VisitsFactor
from enscene.customers.authorizations.visits import (
    STAY,
    TOKEN_LIFE,
    Visit,
    enter_visit,
    is_stated,
    open_visit,
)
from enscene.customers.authorizations.withdraw_consent import end_consent, lock_consent

__all__ = [
    "CODE_LIFE",
    "PURPOSES",
    "REDEEM_S",
    "STAY",
    "TOKEN_LIFE",
    "Asked",
    "AuthorizationRequest",
    "Consent",
    "ForbiddenUse",
    "Receipt",
    "Redeemed",
    "SecondFactor",
    "SentCode",
    "Served",
    "Statement",
    "Visit",
    "VisitsFactor",
    "allow_request",
    "check_code_for",
    "check_use",
    "end_consent",
    "enter_visit",
    "find_consent",
    "find_consents",
    "find_forbidden",
    "find_limits",
    "find_receipts",
    "find_request",
    "is_stated",
    "list_receipts",
    "lock_consent",
    "log_consent",
    "make_code",
    "make_code_for",
    "mask_value",
    "note_forbidden",
    "open_request",
    "open_visit",
    "push_request",
    "read_limits",
    "redeem_code",
    "refuse_request",
    "request_id",
    "show_request",
    "what_is_granted",
    "write_receipt",
]
