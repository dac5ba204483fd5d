"""walls: database roles, row-level security, quarantine, withheld responses, the audit chain"""

import sqlalchemy as sa
from alembic import op

from survey.domain.errors import Misconfigured

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROLES = ("heard_patient", "heard_staff", "heard_clock")

# All that the patient's process may look at. The provider stands above a site or ward at most twice.
VIEWS = {
    "patient_service": """
        SELECT s.code, s.name, s.pathway, s.closed,
               CASE WHEN o.kind = 'provider' THEN o.name
                    WHEN p.kind = 'provider' THEN p.name
                    ELSE COALESCE(g.name, p.name, o.name) END AS provider
          FROM service s
          JOIN organisation o ON o.code = s.organisation
          LEFT JOIN organisation p ON p.code = o.parent
          LEFT JOIN organisation g ON g.code = p.parent
         WHERE NOT s.remainder""",
    "open_box": """
        SELECT id, service, questionnaire, ticketed, week, public_key, signature
          FROM box WHERE state = 'open'""",
    "revision": "SELECT version_num FROM alembic_version",
}

# What a view cannot give: a look by a secret that the caller must hold already.
FUNCTIONS = {
    "ticket_of(p_hash bytea)": (
        "TABLE (service varchar, questionnaire varchar)",
        "SELECT t.service, t.questionnaire FROM ticket t WHERE t.hash = p_hash",
    ),
    "holds(p_id bytea)": ("boolean", "SELECT EXISTS (SELECT 1 FROM sealed WHERE id = p_id)"),
    # The session's login, not the role that it set: a process that takes another's role gains nothing.
    # Without `SET heard.icb` nothing is shown, so a query that forgets its bounds finds nothing.
    "staff_icbs()": (
        "SETOF varchar",
        "SELECT icb FROM staff_scope WHERE login = session_user AND icb = current_setting('heard.icb', true)",
    ),
    "staff_services()": (
        "SETOF varchar",
        "SELECT s.code FROM service s JOIN organisation p ON p.code = s.place"
        " WHERE COALESCE(p.parent, p.code) IN (SELECT staff_icbs())",
    ),
}
# A deleted comment stays readable in its page until that is written anew. Only an owner may VACUUM FULL,
# which keeps it too while anybody's snapshot is older: so the clock may have what is left rewritten.
REWRITE = """
    LOCK TABLE comment IN ACCESS EXCLUSIVE MODE;
    CREATE TEMPORARY TABLE comment_left ON COMMIT DROP AS SELECT * FROM comment;
    TRUNCATE comment;
    INSERT INTO comment SELECT * FROM pg_temp.comment_left ORDER BY id;
    DROP TABLE pg_temp.comment_left;"""
OF_PATIENT = ("put(bytea, bytea, text, bytea)", "ticket_of(bytea)", "holds(bytea)")
OF_STAFF = ("staff_icbs()", "staff_services()")

# The clock may do what its verbs do and no more. It seals nothing: who holds its role alone cannot stuff a
# box; and what stands in the audit chain stays there.
OF_CLOCK = {
    "organisation": "INSERT, UPDATE",
    "service": "INSERT, UPDATE",
    "ticket": "INSERT, DELETE",
    "box": "INSERT, UPDATE, DELETE",
    "sealed": "UPDATE (body), DELETE",
    "decision": "INSERT, UPDATE, DELETE",
    "withheld": "INSERT, UPDATE",
    "response": "INSERT, DELETE",
    "comment": "INSERT, DELETE",
    "comment_part": "INSERT, UPDATE, DELETE",
    "answer_count": "INSERT, UPDATE, DELETE",
    "subgroup_count": "INSERT, UPDATE",
    "subgroup_part": "INSERT, UPDATE, DELETE",
    "import_batch": "INSERT, UPDATE",
    "import_seen": "INSERT, DELETE",
    "mark": "INSERT, DELETE",
    "finding": "INSERT, UPDATE, DELETE",
    "subscription": "INSERT, DELETE",
    "outbox": "INSERT, UPDATE, DELETE",
    "slot": "INSERT, UPDATE, DELETE",
    "audit": "INSERT",
    "audit_head": "INSERT",
    "staff_scope": "INSERT, DELETE",
}

# What staff may read: which columns, and of which rows. By column, so that PostgreSQL's own (xmin says which
# transaction wrote a row) and those added later are shown to nobody unseen. No import's batch: a mark's
# names the service, and by the same batch a comment's would.
BY_SERVICE, BY_ICB = "{} IN (SELECT staff_services())", "icb IN (SELECT staff_icbs())"
STAFF_READS = {
    "service": ("code, name, pathway, organisation, place, closed, remainder", BY_SERVICE.format("code")),
    "answer_count": ("service, questionnaire, span, question, option, n", BY_SERVICE.format("service")),
    "finding": ("week, service, indicator, body", BY_SERVICE.format("service")),
    "mark": ("service, week, label", BY_SERVICE.format("service")),
    "withheld": ("service, span, n", BY_SERVICE.format("service")),
    "subgroup_count": ('quarter, icb, pathway, attribute, option, question, "group", n', BY_ICB),
    "comment": ("id, icb, pathway, period, sentiment, text, written", BY_ICB),
}


def upgrade() -> None:
    _tables()
    postgresql = op.get_bind().dialect.name == "postgresql"
    # Without the barrier a condition of the caller's could be asked of rows that the view leaves out.
    barrier = " WITH (security_barrier)" if postgresql else ""
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW {name}{barrier} AS {query}")
    if postgresql:
        _functions()
        _roles()
        _shut()
        _grants()
        _rows()
        # The planner's statistics quote what they sampled, long after a comment was deleted.
        op.execute("ALTER TABLE comment ALTER COLUMN text SET STATISTICS 0")


def _tables() -> None:
    with_text = {"nullable": False, "server_default": ""}
    op.add_column("service", sa.Column("accepted", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("service", sa.Column("remainder", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("comment", sa.Column("icb", sa.String(length=20), **with_text))
    op.add_column("comment", sa.Column("written", sa.String(length=8), **with_text))
    op.add_column("comment_part", sa.Column("icb", sa.String(length=20), **with_text))
    op.create_table(
        "decision",
        sa.Column("service", sa.String(length=12), nullable=False),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("choice", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("seen", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["service"], ["service.code"], name=op.f("fk_decision_service_service")),
        sa.PrimaryKeyConstraint("service", "who", name=op.f("pk_decision")),
    )
    op.create_table(
        "withheld",
        sa.Column("service", sa.String(length=12), nullable=False),
        sa.Column("span", sa.String(length=17), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["service"], ["service.code"], name=op.f("fk_withheld_service_service")),
        sa.PrimaryKeyConstraint("service", "span", name=op.f("pk_withheld")),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("previous", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
    )
    op.create_table(
        "audit_head",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "staff_scope",
        sa.Column("login", sa.String(length=63), nullable=False),
        sa.Column("icb", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["icb"], ["organisation.code"], name=op.f("fk_staff_scope_icb_organisation")),
        sa.PrimaryKeyConstraint("login", "icb", name=op.f("pk_staff_scope")),
    )


def _functions() -> None:
    # A body is what `seal` makes, of one length: an empty one would pass for what a counted poster leaves,
    # a huge one fill the disk.
    put = op.get_bind().scalar(sa.text("SELECT pg_get_functiondef('put'::regproc)"))
    check = "IF octet_length(p_body) NOT BETWEEN 1 AND 8192 THEN RETURN 'closed'; END IF;"
    op.execute(put.replace("BEGIN", f"BEGIN {check}", 1))
    for signature, (returns, body) in FUNCTIONS.items():
        op.execute(
            f"CREATE FUNCTION {signature} RETURNS {returns} LANGUAGE sql STABLE SECURITY DEFINER"
            f" SET search_path = {_schema()}, pg_temp AS $$ {body} $$"
        )
        name = signature.partition("(")[0]
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
    op.execute(
        "CREATE FUNCTION rewrite_comments() RETURNS void LANGUAGE plpgsql SECURITY DEFINER"
        f" SET search_path = {_schema()}, pg_temp AS $$ BEGIN {REWRITE} END $$"
    )
    op.execute("REVOKE ALL ON FUNCTION rewrite_comments FROM PUBLIC")


def _roles() -> None:
    # Roles belong to the whole server: another installation, or a database administrator, may have made them.
    known = {row[0] for row in op.get_bind().execute(sa.text("SELECT rolname FROM pg_roles"))}
    missing = [role for role in ROLES if role not in known]
    may = "SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user"
    superuser, creates = op.get_bind().execute(sa.text(may)).one()
    if missing and not (superuser or creates):
        needed = " ".join(f"CREATE ROLE {role} NOLOGIN;" for role in missing)
        raise Misconfigured(
            "this database login may not create roles; let an administrator of the server run\n"
            f"  {needed}\nand give the login of each process its role, then run `heard db upgrade` again"
        )
    for role in missing:
        op.execute(
            f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN;"
            " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
    if not superuser:  # so that one login may do all in a trial; it may where it made the roles itself
        for role in ROLES:
            op.execute(
                f"DO $$ BEGIN GRANT {role} TO CURRENT_USER;"
                " EXCEPTION WHEN insufficient_privilege THEN NULL; END $$"
            )


# Of roles that somebody else made: attributes or memberships that go past every wall.
STRONG = """
    SELECT rolname FROM pg_roles r
     WHERE rolname = ANY(:roles)
       AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls OR rolcanlogin
            OR EXISTS (SELECT 1 FROM pg_auth_members WHERE member = r.oid))"""
CREATES = """
    SELECT bool_or(has_schema_privilege(rolname, current_schema(), 'CREATE'))
      FROM pg_roles WHERE rolname = ANY(:roles)"""


def _shut() -> None:
    # Before PostgreSQL 15 everybody may create in `public`: an operator that someone makes there would be
    # run by our functions with our rights.
    roles = {"roles": list(ROLES)}
    if strong := [row[0] for row in op.get_bind().execute(sa.text(STRONG), roles)]:
        raise Misconfigured(
            f"{', '.join(strong)} may log in, or has attributes or memberships that go past Heard's walls; "
            "let an administrator of the server take them away (ALTER ROLE … NOLOGIN NOSUPERUSER …, REVOKE …)"
        )
    op.execute(f"REVOKE CREATE ON SCHEMA {_schema()} FROM PUBLIC, {', '.join(ROLES)}")
    if op.get_bind().scalar(sa.text(CREATES), roles):
        raise Misconfigured(
            f"everybody may create in the schema {_schema()} and this login may not forbid it; let its owner "
            f"run\n  REVOKE CREATE ON SCHEMA {_schema()} FROM PUBLIC;\nand run `heard db upgrade` again"
        )


def _grants() -> None:
    patient, staff, clock = ROLES
    op.execute(f"GRANT USAGE ON SCHEMA {_schema()} TO {', '.join(ROLES)}")
    op.execute(f"GRANT SELECT ON revision TO {', '.join(ROLES)}")
    op.execute(f"GRANT SELECT ON patient_service, open_box TO {patient}")
    for signature in OF_PATIENT:
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {patient}")
    for signature in OF_STAFF:
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {staff}")
    for table, rights in OF_CLOCK.items():
        op.execute(f"GRANT SELECT, {rights} ON {table} TO {clock}")
    op.execute(f"GRANT SELECT ON alembic_version TO {clock}")  # pg_dump reads every table
    op.execute(f"GRANT EXECUTE ON FUNCTION rewrite_comments() TO {clock}")
    op.execute(f"GRANT SELECT ON organisation TO {staff}")
    for table, (columns, _) in STAFF_READS.items():
        op.execute(f"GRANT SELECT ({columns}) ON {table} TO {staff}")


def _rows() -> None:
    _, staff, clock = ROLES
    for table, (_, bound) in STAFF_READS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY of_staff ON {table} FOR SELECT TO {staff} USING ({bound})")
        op.execute(f"CREATE POLICY of_clock ON {table} TO {clock} USING (true) WITH CHECK (true)")
    # A counted poster's row is emptied and its id stays; any other change would be stuffing. `put` is the
    # owner's, whom no policy holds.
    op.execute("ALTER TABLE sealed ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY of_clock ON sealed TO {clock} USING (true) WITH CHECK (length(body) = 0)")


def _schema() -> str:
    return str(op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())")))


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        for table in STAFF_READS:
            op.execute(f"DROP POLICY of_staff ON {table}")
            op.execute(f"DROP POLICY of_clock ON {table}")
            op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        op.execute("DROP POLICY of_clock ON sealed")
        op.execute("ALTER TABLE sealed DISABLE ROW LEVEL SECURITY")
    for name in VIEWS:
        op.execute(f"DROP VIEW {name}")
    if postgresql:
        for name in (
            "rewrite_comments()",
            "staff_services()",
            "staff_icbs()",
            "holds(bytea)",
            "ticket_of(bytea)",
        ):
            op.execute(f"DROP FUNCTION {name}")
        # The roles stay: they are the server's, and another database may use them.
        op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA {_schema()} FROM {', '.join(ROLES)}")
        op.execute(f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {_schema()} FROM {', '.join(ROLES)}")
        op.execute(f"REVOKE ALL ON SCHEMA {_schema()} FROM {', '.join(ROLES)}")
    for table in ("staff_scope", "audit_head", "audit", "withheld", "decision"):
        op.drop_table(table)
    for table, column in (
        ("comment_part", "icb"),
        ("comment", "written"),
        ("comment", "icb"),
        ("service", "remainder"),
        ("service", "accepted"),
    ):
        op.drop_column(table, column)
