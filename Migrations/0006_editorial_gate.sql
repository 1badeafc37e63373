-- What stands between a text and its readers.
--
-- Each part of the newsroom says for itself why a text can't go out; the gate before a release, `article why` and the
-- worker ask all of them by one name, so that no screen knows fewer rules than another.

-- Of the policy: approvals that are missing.
CREATE FUNCTION editorial.policy_blocks(article bigint, revision bigint)
RETURNS TABLE (rule text, message text, overridable boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'release_approved', format('approvals are missing: %s', coalesce(
               (SELECT string_agg(format('%s %s of %s', s.kind, s.given, s.needed), ', ')
                FROM editorial.standing($1, $2) s WHERE s.given < s.needed), 'no policy')), true
    WHERE EXISTS (SELECT FROM editorial.standing($1, $2) s WHERE s.given < s.needed)
       OR NOT EXISTS (SELECT FROM editorial.required($1))
$$;

-- Of its pictures: credit, alternative text, licence.
CREATE FUNCTION editorial.image_blocks(article bigint, revision bigint)
RETURNS TABLE (rule text, message text, overridable boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT NULL::text, NULL::text, NULL::boolean WHERE false
$$;

-- Of its reviewers: open blocking comments, checklists.
CREATE FUNCTION editorial.review_blocks(article bigint, revision bigint)
RETURNS TABLE (rule text, message text, overridable boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT NULL::text, NULL::text, NULL::boolean WHERE false
$$;

-- Of its publication: embargo, hold.
CREATE FUNCTION editorial.embargo_blocks(article bigint, revision bigint)
RETURNS TABLE (rule text, message text, overridable boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT NULL::text, NULL::text, NULL::boolean WHERE false
$$;

-- Everything that keeps this text in, in the order an editor would mend it.
CREATE FUNCTION editorial.blocks(article bigint, revision bigint)
RETURNS TABLE (rule text, message text, overridable boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM editorial.policy_blocks($1, $2)
    UNION ALL SELECT * FROM editorial.review_blocks($1, $2)
    UNION ALL SELECT * FROM editorial.image_blocks($1, $2)
    UNION ALL SELECT * FROM editorial.embargo_blocks($1, $2)
$$;

REVOKE ALL ON FUNCTION editorial.policy_blocks(bigint, bigint), editorial.image_blocks(bigint, bigint),
    editorial.review_blocks(bigint, bigint), editorial.embargo_blocks(bigint, bigint), editorial.blocks(bigint, bigint)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION editorial.blocks(bigint, bigint) TO masthead_app;
