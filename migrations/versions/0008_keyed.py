"""keyed: how often two entries of one paper form differ, in numbers; the entries are kept nowhere"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PATIENT, CLOCK = "heard_patient", "heard_clock"
# What a stolen process could write here is numbers, of questions and weeks.
NOTE = """
    IF p_week !~ '^[0-9]{4}-W[0-9]{2}$' OR p_question !~ '^[a-z][a-z0-9_-]{0,59}$' THEN RETURN; END IF;
    INSERT INTO keyed_check AS k (service, week, question, checked, differing)
    VALUES (p_service, p_week, p_question, 1, p_differs::int)
    ON CONFLICT (service, week, question)
    DO UPDATE SET checked = k.checked + 1, differing = k.differing + p_differs::int;
"""
SIGNATURE = "note_keyed(p_service varchar, p_week varchar, p_question varchar, p_differs boolean)"


def upgrade() -> None:
    op.create_table(
        "keyed_check",
        sa.Column("service", sa.String(length=12), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("question", sa.String(length=60), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("differing", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["service"], ["service.code"], name=op.f("fk_keyed_check_service_service")),
        sa.PrimaryKeyConstraint("service", "week", "question", name=op.f("pk_keyed_check")),
    )
    if op.get_bind().dialect.name == "postgresql":
        schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
        op.execute(
            f"CREATE FUNCTION {SIGNATURE} RETURNS void LANGUAGE plpgsql SECURITY DEFINER"
            f" SET search_path = {schema}, pg_temp AS $$ BEGIN {NOTE} END $$"
        )
        op.execute("REVOKE ALL ON FUNCTION note_keyed FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION note_keyed TO {PATIENT}")
        op.execute(f"GRANT SELECT ON keyed_check TO {CLOCK}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION note_keyed")
    op.drop_table("keyed_check")
