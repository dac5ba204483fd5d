"""told to staff: of what was withheld no week and no exact number; of the ledger the scales that left"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STAFF = "heard_staff"
BOUND = "service IN (SELECT staff_services())"
# As every reader is told it: box by box, before anything is added up, so that no sum gives a small one away.
VIEWS = {
    "withheld_told": (
        "SELECT service, bool_or(n < 10) AS few,"  # noqa: S608
        " COALESCE(sum((n + 2) / 5 * 5) FILTER (WHERE n >= 10), 0) AS about"
        f" FROM withheld WHERE n > 0 AND {BOUND} GROUP BY service"
    ),
    "scale_told": (
        "SELECT number, about -> 'options' AS options FROM ledger"
        " WHERE kind = 'scale' AND form = 'staff' AND icb IN (SELECT staff_icbs())"
    ),
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return  # SQLite has no roles
    op.execute("DROP POLICY of_staff ON withheld")
    op.execute(f"REVOKE SELECT (service, span, n) ON withheld FROM {STAFF}")  # noqa: S608
    for view, asked in VIEWS.items():
        op.execute(f"CREATE VIEW {view} WITH (security_barrier) AS {asked}")
        op.execute(f"REVOKE ALL ON {view} FROM PUBLIC")
        op.execute(f"GRANT SELECT ON {view} TO {STAFF}")


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for view in VIEWS:
        op.execute(f"DROP VIEW {view}")
    op.execute(f"GRANT SELECT (service, span, n) ON withheld TO {STAFF}")
    op.execute(f"CREATE POLICY of_staff ON withheld FOR SELECT TO {STAFF} USING ({BOUND})")
