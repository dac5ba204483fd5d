-- A login for each of Heard's processes, with the rights that its role has and no more.
-- Run after `heard db upgrade`, in Heard's database, by who may create roles; again whenever you like:
--     psql -d heard -f roles.sql
-- The roles heard_patient, heard_clock and heard_staff and what each may do come from the migrations.
\set ON_ERROR_STOP on

SELECT format('CREATE ROLE %I LOGIN', login)
  FROM (VALUES ('heard_patient_login'), ('heard_clock_login'), ('heard_staff_login')) AS wanted (login)
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = login)
\gexec

GRANT heard_patient TO heard_patient_login;
GRANT heard_clock TO heard_clock_login;
GRANT heard_staff TO heard_staff_login;

-- Nobody else comes in, and nobody makes anything here but who upgrades the database.
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO heard_patient, heard_clock, heard_staff;
