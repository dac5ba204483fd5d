"""Views: all that the patient's process may look at. Migrations make them; Alembic does not compare them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, LargeBinary, MetaData, String, Table, Text

VIEWS = MetaData()

PATIENT_SERVICE = Table(
    "patient_service",
    VIEWS,
    Column("code", String(12)),
    Column("name", Text),
    Column("pathway", String(60)),
    Column("closed", Boolean),
    Column("provider", Text),
)
OPEN_BOX = Table(
    "open_box",
    VIEWS,
    Column("id", String(32)),
    Column("service", String(12)),
    Column("questionnaire", String(80)),
    Column("ticketed", Boolean),
    Column("week", String(8)),
    Column("public_key", LargeBinary),
    Column("signature", LargeBinary),
)
REVISION = Table("revision", VIEWS, Column("version_num", String(32)))
