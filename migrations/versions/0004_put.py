"""put: an id is what the page makes, 32 bytes; a longer one would store what the body's bound keeps out"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CHECK = "IF octet_length(p_id) <> 32 THEN RETURN 'closed'; END IF;"


def upgrade() -> None:
    _replace("BEGIN", f"BEGIN {CHECK}")


def downgrade() -> None:
    _replace(f"BEGIN {CHECK}", "BEGIN")


def _replace(old: str, new: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        put = op.get_bind().scalar(sa.text("SELECT pg_get_functiondef('put'::regproc)"))
        op.execute(put.replace(old, new, 1))
