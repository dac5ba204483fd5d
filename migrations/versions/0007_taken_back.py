"""taken back: a cell's later rows stand beside the first, so that still nothing that is written changes"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = ("series", "service", "week", "span")
GROUPS = ("favourable", "neither", "unfavourable")


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for column in _new():
            op.add_column("cell", column)
        _key(*KEY, "number")
    else:
        _made_anew(*_new(), key=(*KEY, "number"), holds=("apart", *GROUPS))


def downgrade() -> None:
    sums = ", ".join(f"sum({group}) AS {group}" for group in GROUPS)
    added_up = f"SELECT {', '.join(KEY)}, {sums} FROM cell GROUP BY {', '.join(KEY)}"  # noqa: S608
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE cell DISABLE TRIGGER cell_as_written")
        whole = ", ".join(f"{group} = whole.{group}" for group in GROUPS)
        same = " AND ".join(f"cell.{key} = whole.{key}" for key in KEY)
        op.execute(f"UPDATE cell SET {whole} FROM ({added_up}) whole WHERE {same}")  # noqa: S608
        op.execute("DELETE FROM cell WHERE number > 0")
        op.execute("ALTER TABLE cell ENABLE ALWAYS TRIGGER cell_as_written")
        _key(*KEY)
        op.drop_column("cell", "number")
        op.drop_column("cell", "taken_back")
    else:
        whole = tuple(f"sum({group})" for group in GROUPS)
        _made_anew(key=KEY, holds=("min(apart)", *whole), of=f"GROUP BY {', '.join(KEY)}")


def _new() -> tuple[sa.Column, ...]:
    return (
        sa.Column("number", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("taken_back", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def _key(*columns: str) -> None:
    op.drop_constraint("pk_cell", "cell", type_="primary")
    op.create_primary_key("pk_cell", "cell", columns)


def _made_anew(*more: sa.Column, key: tuple[str, ...], holds: tuple[str, ...], of: str = "") -> None:
    """SQLite changes no key: the table is written again, with its indexes, and the triggers of 0006."""
    op.create_table(
        "cell_anew",
        sa.Column("series", sa.String(length=60), nullable=False),
        sa.Column("service", sa.String(length=12), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("span", sa.String(length=17), nullable=False),
        sa.Column("pathway", sa.String(length=60), nullable=False),
        sa.Column("apart", sa.Boolean(), nullable=False),
        *(sa.Column(group, sa.Integer(), nullable=False) for group in GROUPS),
        *more,
        sa.ForeignKeyConstraint(["service"], ["service.code"], name=op.f("fk_cell_service_service")),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_cell")),
        sqlite_with_rowid=False,
    )
    kept = f"{', '.join(KEY)}, pathway"
    op.execute(
        f"INSERT INTO cell_anew ({kept}, apart, {', '.join(GROUPS)})"  # noqa: S608
        f" SELECT {kept}, {', '.join(holds)} FROM cell {of}"
    )
    op.drop_table("cell")
    op.rename_table("cell_anew", "cell")
    op.create_index("ix_cell_pathway_week", "cell", ["pathway", "week"])
    op.create_index("ix_cell_service", "cell", ["service"])
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    refuse = "SELECT RAISE(ABORT, 'what cell holds stays as it was written')"
    op.execute(f"CREATE TRIGGER cell_no_update BEFORE UPDATE ON cell BEGIN {refuse}; END")
    op.execute(f"CREATE TRIGGER cell_no_delete BEFORE DELETE ON cell BEGIN {refuse}; END")
    op.execute(
        "CREATE TRIGGER cell_no_replace BEFORE INSERT ON cell"  # noqa: S608
        f" WHEN EXISTS (SELECT 1 FROM cell WHERE {same}) BEGIN {refuse}; END"
    )
