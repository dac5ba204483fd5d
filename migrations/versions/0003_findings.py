"""findings: changes of level, services apart and gaps; what people decide and promise because of them"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STAFF, CLOCK = "heard_staff", "heard_clock"
OF_CLOCK = {
    "assessment": "INSERT, UPDATE",
    "finding": "INSERT, UPDATE, DELETE",
    "ruling": "INSERT",
    "action": "INSERT, UPDATE",
}
ABOUT = "node, icb, pathway, indicator"
# By column and by ICB, as in 0002. An assessment says of no node anything.
STAFF_READS = {
    "finding": f'week, kind, {ABOUT}, "group", body',
    "ruling": f"finding, {ABOUT}, choice, since, week, who, day, reason",
    "action": f"id, {ABOUT}, finding, since, owner, due, does, told, start, closed, outcome",
}


def upgrade() -> None:
    # What was found by the former rules is found anew, or not, when its week is assessed again.
    op.drop_table("finding")
    op.create_table(
        "assessment",
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("watched", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("week", name=op.f("pk_assessment")),
    )
    op.create_table(
        "finding",
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        *_about(),
        sa.Column("group", sa.String(length=121), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["week"], ["assessment.week"], name=op.f("fk_finding_week_assessment")),
        sa.PrimaryKeyConstraint(
            *("week", "kind", "node", "icb", "pathway", "indicator", "group"), name=op.f("pk_finding")
        ),
    )
    op.create_table(
        "ruling",
        sa.Column("finding", sa.String(length=8), nullable=False),
        *_about(),
        sa.Column("choice", sa.String(length=8), nullable=False),
        sa.Column("since", sa.String(length=8), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("finding", name=op.f("pk_ruling")),
    )
    op.create_table(
        "action",
        sa.Column("id", sa.String(length=8), nullable=False),
        *_about(),
        sa.Column("finding", sa.String(length=8), nullable=False),
        sa.Column("since", sa.String(length=8), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("does", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("start", sa.String(length=8), nullable=True),
        sa.Column("closed", sa.Date(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
    )
    op.create_index(op.f("ix_action_finding"), "action", ["finding"])
    if _postgresql():
        _walls()


def downgrade() -> None:
    op.drop_index(op.f("ix_action_finding"), "action")
    for table in ("action", "ruling", "finding", "assessment"):
        op.drop_table(table)
    op.create_table(
        "finding",
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("service", sa.String(length=12), nullable=False),
        sa.Column("indicator", sa.String(length=60), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["service"], ["service.code"], name=op.f("fk_finding_service_service")),
        sa.PrimaryKeyConstraint("week", "service", "indicator", name=op.f("pk_finding")),
    )
    if _postgresql():
        _wall("finding", "week, service, indicator, body", "service IN (SELECT staff_services())")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON finding TO {CLOCK}")


def _about() -> tuple[sa.Column[str], ...]:
    return (
        sa.Column("node", sa.String(length=20), nullable=False),
        sa.Column("icb", sa.String(length=20), nullable=False),
        sa.Column("pathway", sa.String(length=60), nullable=False),
        sa.Column("indicator", sa.String(length=60), nullable=False),
    )


def _walls() -> None:
    for table, rights in OF_CLOCK.items():
        op.execute(f"GRANT SELECT, {rights} ON {table} TO {CLOCK}")
    _wall("assessment", "week, watched", "true")  # how many series were watched, of all ICBs
    for table, columns in STAFF_READS.items():
        _wall(table, columns, "icb IN (SELECT staff_icbs())")


def _wall(table: str, columns: str, bound: str) -> None:
    op.execute(f"GRANT SELECT ({columns}) ON {table} TO {STAFF}")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY of_staff ON {table} FOR SELECT TO {STAFF} USING ({bound})")
    op.execute(f"CREATE POLICY of_clock ON {table} TO {CLOCK} USING (true) WITH CHECK (true)")


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
