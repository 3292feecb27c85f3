-- Run after the migrations by the login that owns the tables. Policies do not hold for superusers and for roles
-- with BYPASSRLS: such a login gets a role for the application to step down to, which can do nothing but read
-- and write rows.
DO $$
DECLARE
    app text := left(session_user, 59) || '_app';
    name text;
BEGIN
    IF NOT (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = session_user) THEN
        RETURN;
    END IF;
    -- Others may do the same at this moment, in this database or, where the lock does not reach, in another.
    PERFORM pg_advisory_xact_lock(hashtext('recsys role'));
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = app) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', app);
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
    END;
    IF NOT pg_has_role(session_user, app, 'MEMBER') THEN
        EXECUTE format('GRANT %I TO %I', app, session_user);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), app);
    EXECUTE format('GRANT SELECT ON _sqlx_migrations TO %I', app);
    FOR name IN SELECT relname FROM pg_class
                WHERE relnamespace = current_schema()::regnamespace AND relrowsecurity LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO %I', name, app);
    END LOOP;
END $$;
