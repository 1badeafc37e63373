-- Forgetting what receipts and statements say of a donor: numbers, amounts and days stay, words that may name him don't.

ALTER TABLE fundraising.receipt ADD COLUMN redacted_at timestamptz;
ALTER TABLE fundraising.statement ADD COLUMN redacted_at timestamptz;
-- NULL once it was erased.
ALTER TABLE fundraising.receipt_end ALTER COLUMN reason DROP NOT NULL;

-- What is left of whom a letter went to: which record it was.
CREATE FUNCTION fundraising.redacted_addressee(addressee jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('donor', addressee -> 'donor', 'name', '(erased)', 'address', '[]'::jsonb, 'email', NULL)
$$;
REVOKE ALL ON FUNCTION fundraising.redacted_addressee(jsonb) FROM PUBLIC;

-- A snapshot without the words somebody chose for this gift: what was given, what was got in return, also where a
-- sentence repeats it.
CREATE FUNCTION fundraising.redacted_receipt(said jsonb, is_addressee boolean) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (said || jsonb_build_object(
        'addressee', CASE WHEN is_addressee THEN fundraising.redacted_addressee(said -> 'addressee')
                          ELSE said -> 'addressee' END,
        'description', CASE WHEN said ->> 'description' IS NOT NULL THEN '(erased)' END,
        'benefit', CASE WHEN said ->> 'benefit' IS NOT NULL THEN '(erased)' END,
        'sentences', coalesce((
            SELECT jsonb_agg(CASE WHEN coalesce(said ->> 'benefit', '') = '' THEN s.text
                                  ELSE replace(s.text, said ->> 'benefit', '(erased)') END ORDER BY s.place)
            FROM jsonb_array_elements_text(said -> 'sentences') WITH ORDINALITY AS s (text, place)), '[]')))::text
$$;
REVOKE ALL ON FUNCTION fundraising.redacted_receipt(jsonb, boolean) FROM PUBLIC;

-- Called when donors are forgotten, and by nobody else.
CREATE FUNCTION fundraising.forget_receipts(who bigint[]) RETURNS void
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    receipts bigint[];
    statements bigint[];
BEGIN
    WITH touched AS (
        SELECT r.id, (r.snapshot::jsonb #>> '{addressee,donor}')::bigint = ANY (who) AS is_addressee
        FROM fundraising.receipt r JOIN fundraising.gift g ON g.id = r.gift_id
        WHERE g.donor_id = ANY (who) OR (r.snapshot::jsonb #>> '{addressee,donor}')::bigint = ANY (who)),
    changed AS (
        UPDATE fundraising.receipt r
        SET snapshot = fundraising.redacted_receipt(r.snapshot::jsonb, t.is_addressee), redacted_at = now()
        FROM touched t WHERE r.id = t.id RETURNING r.id)
    SELECT coalesce(array_agg(c.id), '{}') INTO receipts FROM changed c;
    UPDATE fundraising.receipt_end e SET reason = NULL WHERE e.receipt_id = ANY (receipts);

    WITH changed AS (
        UPDATE fundraising.statement s
        SET snapshot = (s.snapshot::jsonb || jsonb_build_object(
                'addressee', fundraising.redacted_addressee(s.snapshot::jsonb -> 'addressee')))::text,
            redacted_at = now()
        WHERE s.donor_id = ANY (who) OR (s.snapshot::jsonb #>> '{addressee,donor}')::bigint = ANY (who)
        RETURNING s.id)
    SELECT coalesce(array_agg(c.id), '{}') INTO statements FROM changed c;

    -- A letter that is still to be mailed isn't; what a mail server answered to one that was may hold the address.
    UPDATE journal.outbox o
    SET state = CASE WHEN o.state IN ('pending', 'unknown') THEN 'failed' ELSE o.state END, last_error = NULL,
        finished_at = CASE WHEN o.state IN ('pending', 'unknown') THEN now() ELSE o.finished_at END
    WHERE (o.subject_kind = 'receipt' AND o.subject_id = ANY (receipts))
       OR (o.subject_kind = 'statement' AND o.subject_id = ANY (statements));
END $$;
REVOKE ALL ON FUNCTION fundraising.forget_receipts(bigint[]) FROM PUBLIC;
