-- Heard's logins write nothing of what they do into the server's log, however talkative the server is.
-- For a server that keeps other databases too; needs a superuser, and counts from the next connection on:
--     psql -d heard -f quiet_logins.sql
-- It cannot switch off what other extensions write (pgaudit, auto_explain): do not load them.
\set ON_ERROR_STOP on

SELECT format('ALTER ROLE %I SET %I = %L', login, setting, value)
  FROM (VALUES ('heard_patient_login'), ('heard_clock_login'), ('heard_staff_login')) AS logins (login),
       (VALUES ('log_statement', 'none'),
               ('log_duration', 'off'),
               ('log_min_duration_statement', '-1'),
               ('log_min_duration_sample', '-1'),
               ('log_transaction_sample_rate', '0'),
               ('log_min_messages', 'panic'),           -- not even its errors
               ('log_min_error_statement', 'panic'),
               ('log_error_verbosity', 'terse'),
               ('log_parameter_max_length', '0'),
               ('log_parameter_max_length_on_error', '0'),
               ('log_temp_files', '-1'),
               ('log_lock_waits', 'off'),
               ('log_parser_stats', 'off'),
               ('log_planner_stats', 'off'),
               ('log_executor_stats', 'off'),
               ('log_statement_stats', 'off'),
               ('debug_print_parse', 'off'),
               ('debug_print_rewritten', 'off'),
               ('debug_print_plan', 'off')) AS quiet (setting, value)
\gexec
