"""What a database that is restarted or overloaded looks like from here: to be waited for."""

import psycopg
from procrastinate.exceptions import ConnectorException
from psycopg_pool import PoolTimeout

DATABASE_TROUBLE = (psycopg.OperationalError, PoolTimeout, ConnectorException)
