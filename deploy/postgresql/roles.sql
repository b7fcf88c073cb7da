-- Two roles: the owner makes and changes tables, the site only reads and writes rows. Run once, as a superuser:
--   sudo -u postgres psql -v ON_ERROR_STOP=1 < deploy/postgresql/roles.sql
-- Both sign in as the Linux user of the same name (peer); for a database elsewhere, give them passwords with \password.
-- Other names: -v site=… -v owner=… -v database=…

\if :{?site} \else \set site clinic \endif
\if :{?owner} \else \set owner clinic_owner \endif
\if :{?database} \else \set database clinic \endif

CREATE ROLE :"owner" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE ROLE :"site" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE DATABASE :"database" OWNER :"owner" ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"site";

\connect :"database"
CREATE EXTENSION IF NOT EXISTS pg_trgm;
ALTER SCHEMA public OWNER TO :"owner";
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO :"site";
-- What the owner makes from now on, the site may use, and no more.
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"site";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO :"site";
