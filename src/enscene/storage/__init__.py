"""Where data live: the PostgreSQL server, connections to it, migrations, backups.

`open_database` gives a ready database (its own server, or the one that ENSCENE_DATABASE_URL
names), `open_pool` connections to it, `migrations.migrate` its tables.
"""

from enscene.storage.database import Database, LoginUrls
from enscene.storage.engine import PATIENCE_S, connect, open_pool, shut_pool, write_all_the_same
from enscene.storage.errors import StorageFault
from enscene.storage.opening import OpenDatabase, open_database
from enscene.storage.outage import CONTENTION, OUTAGES, is_read_only, unavailable_of
from enscene.storage.seal import Seal, Unsealable, seal_of_environment, seal_of_home

__all__ = [
    "CONTENTION",
    "OUTAGES",
    "PATIENCE_S",
    "Database",
    "LoginUrls",
    "OpenDatabase",
    "Seal",
    "StorageFault",
    "Unsealable",
    "connect",
    "is_read_only",
    "open_database",
    "open_pool",
    "seal_of_environment",
    "seal_of_home",
    "shut_pool",
    "unavailable_of",
    "write_all_the_same",
]
