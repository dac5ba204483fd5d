"""ledger: figures that have left, cells they were made of, and what fixes the next; nothing of it changes"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STAFF, CLOCK = "heard_staff", "heard_clock"
KEPT = ("ledger", "cell", "membership", "step_length", "released_week")  # what is written stays as it is
# SQLite's hidden row number would be a second key, by which INSERT OR REPLACE puts a row in another's place.
NO_ROWID = {"sqlite_with_rowid": False}
NODE = "node, icb, pathway"
GROUPS = ("favourable", "neither", "unfavourable")
# What staff may read of the ledger: figures, not how they are chained, nor which services they add up.
STAFF_READS = f"number, run, kind, form, {NODE}, series, span, n, {', '.join(GROUPS)}, few, all_but_few"
# And no longer: counts that have not left.
UNSEEN = (
    "(service, questionnaire, span, question, option, n) ON answer_count",
    '(quarter, icb, pathway, attribute, option, question, "group", n) ON subgroup_count',
)


def upgrade() -> None:
    _tables()
    op.add_column("answer_count", sa.Column("taken", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(
        "ix_answer_count_untaken",
        "answer_count",
        ["service"],
        sqlite_where=sa.text("n <> taken"),
        postgresql_where=sa.text("n <> taken"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _walls()
        _kept_on_postgresql()
    else:
        _kept_on_sqlite()


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    op.drop_index("ix_answer_count_untaken", "answer_count")
    with op.batch_alter_table("answer_count") as table:
        table.drop_column("taken")
    for table in (*KEPT, "withheld_figure"):
        op.drop_table(table)
    if postgresql:
        op.execute("DROP FUNCTION keep_as_written()")
        for known in UNSEEN:
            op.execute(f"GRANT SELECT {known} TO {STAFF}")


def _tables() -> None:
    op.create_table(
        "cell",
        sa.Column("series", sa.String(length=60), nullable=False),
        sa.Column("service", sa.String(length=12), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("span", sa.String(length=17), nullable=False),
        sa.Column("pathway", sa.String(length=60), nullable=False),
        sa.Column("apart", sa.Boolean(), nullable=False),
        *_counts(),
        sa.ForeignKeyConstraint(["service"], ["service.code"], name=op.f("fk_cell_service_service")),
        sa.PrimaryKeyConstraint("series", "service", "week", "span", name=op.f("pk_cell")),
        **NO_ROWID,
    )
    op.create_index("ix_cell_pathway_week", "cell", ["pathway", "week"])
    op.create_index("ix_cell_service", "cell", ["service"])
    op.create_table(
        "membership",
        *_node(),
        sa.Column("since", sa.String(length=8), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("node", "icb", "pathway", "since", name=op.f("pk_membership")),
        **NO_ROWID,
    )
    op.create_table(
        "step_length",
        *_node(),
        sa.Column("series", sa.String(length=60), nullable=False),
        sa.Column("block", sa.String(length=8), nullable=False),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("pathway", "block", "series", "node", "icb", name=op.f("pk_step_length")),
        **NO_ROWID,
    )
    op.create_table(
        "released_week",
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("week", name=op.f("pk_released_week")),
        **NO_ROWID,
    )
    op.create_table(
        "ledger",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("form", sa.String(length=6), nullable=False),
        *_node(),
        sa.Column("series", sa.String(length=60), nullable=False),
        sa.Column("block", sa.String(length=8), nullable=False),
        sa.Column("span", sa.String(length=17), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        *_counts(),
        sa.Column("few", sa.String(length=40), nullable=False),
        sa.Column("all_but_few", sa.String(length=40), nullable=False),
        sa.Column("services", sa.JSON(), nullable=True),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("previous", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ledger")),
        **NO_ROWID,
    )
    op.create_index("ix_ledger_pathway_block", "ledger", ["pathway", "block"])
    op.create_index("ix_ledger_node", "ledger", ["node", "pathway"])
    op.create_table(
        "withheld_figure",
        sa.Column("run", sa.String(length=8), nullable=False),
        sa.Column("form", sa.String(length=6), nullable=False),
        *_node(),
        sa.Column("series", sa.String(length=60), nullable=False),
        sa.Column("span", sa.String(length=17), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("protects", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            *("run", "form", "pathway", "series", "node", "icb", "span"), name=op.f("pk_withheld_figure")
        ),
    )


def _node() -> tuple[sa.Column[str], ...]:
    return (
        sa.Column("node", sa.String(length=20), nullable=False),
        sa.Column("icb", sa.String(length=20), nullable=False),
        sa.Column("pathway", sa.String(length=60), nullable=False),
    )


def _counts() -> tuple[sa.Column[int], ...]:
    return tuple(sa.Column(name, sa.Integer(), nullable=False) for name in GROUPS)


def _kept_on_sqlite() -> None:
    # INSERT OR REPLACE deletes without a delete trigger: so an insert of a key that is there is refused too.
    for table in KEPT:
        keys = [
            column["name"] for column in sa.inspect(op.get_bind()).get_columns(table) if column["primary_key"]
        ]
        same = " AND ".join(f"{key} = NEW.{key}" for key in keys)
        refuse = f"SELECT RAISE(ABORT, 'what {table} holds stays as it was written')"
        op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN {refuse}; END")
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN {refuse}; END")
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"  # noqa: S608
            f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) BEGIN {refuse}; END"
        )


def _kept_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION keep_as_written() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS"
        " $$ BEGIN RAISE EXCEPTION 'what % holds stays as it was written', TG_TABLE_NAME; END $$"
    )
    op.execute("REVOKE EXECUTE ON FUNCTION keep_as_written() FROM PUBLIC")
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_as_written BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION keep_as_written()"
        )
        # Also where session_replication_role switches triggers off.
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_as_written")


def _walls() -> None:
    for known in UNSEEN:
        op.execute(f"REVOKE SELECT {known} FROM {STAFF}")  # noqa: S608
    for table in (*KEPT, "withheld_figure"):
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {CLOCK}")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY of_clock ON {table} TO {CLOCK} USING (true) WITH CHECK (true)")
    op.execute(f"GRANT SELECT ({STAFF_READS}) ON ledger TO {STAFF}")
    op.execute(f"CREATE POLICY of_staff ON ledger FOR SELECT TO {STAFF} USING (icb IN (SELECT staff_icbs()))")
