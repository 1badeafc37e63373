-- A payment told of without its charge is dated by its event, until somebody names the instant: whichever comes first, the
-- gift ends with the charge's. Afterwards the date stands, as it does for all other gifts.
ALTER TABLE fundraising.gift ADD COLUMN given_at_guessed boolean NOT NULL DEFAULT false;
GRANT UPDATE (given_at, tax_date, given_at_guessed) ON fundraising.gift TO masthead_app;

CREATE FUNCTION fundraising.gift_dated_once() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (NOT OLD.given_at_guessed OR NEW.given_at_guessed)
        AND (NEW.given_at, NEW.tax_date, NEW.given_at_guessed)
            IS DISTINCT FROM (OLD.given_at, OLD.tax_date, OLD.given_at_guessed) THEN
        RAISE EXCEPTION 'the date of gift % stands', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'gift_dated_once';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION fundraising.gift_dated_once() FROM PUBLIC;
CREATE TRIGGER gift_dated_once BEFORE UPDATE OF given_at, tax_date, given_at_guessed ON fundraising.gift FOR EACH ROW
    EXECUTE FUNCTION fundraising.gift_dated_once();

-- The totals by the day gifts count for go along; that of the old day may come to nothing.
CREATE FUNCTION fundraising.gift_total_dated() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    WITH moved AS (
        UPDATE fundraising.gift_total t SET tax_date = NEW.tax_date WHERE t.gift_id = NEW.id
        RETURNING t.currency, t.received::integer AS gifts, t.gross_minor, t.refunds_minor
    )
    INSERT INTO fundraising.day_total AS d (basis, day, currency, part, gifts, gross_minor, refunds_minor)
    SELECT 'tax', v.day, m.currency, (pg_backend_pid() % 16)::smallint, v.sign * m.gifts, v.sign * m.gross_minor,
           v.sign * m.refunds_minor
    FROM moved m CROSS JOIN (VALUES (OLD.tax_date, -1), (NEW.tax_date, 1)) AS v (day, sign) ORDER BY v.day
    ON CONFLICT ON CONSTRAINT day_total_pkey DO UPDATE SET
        gifts = d.gifts + excluded.gifts, gross_minor = d.gross_minor + excluded.gross_minor,
        refunds_minor = d.refunds_minor + excluded.refunds_minor;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION fundraising.gift_total_dated() FROM PUBLIC;
CREATE TRIGGER gift_total_dated AFTER UPDATE OF tax_date ON fundraising.gift FOR EACH ROW
    WHEN (OLD.tax_date IS DISTINCT FROM NEW.tax_date) EXECUTE FUNCTION fundraising.gift_total_dated();

CREATE OR REPLACE VIEW fundraising.total_mismatch AS
SELECT format('gift %s: its total says %s less %s, its entries %s less %s', coalesce(t.gift_id, k.gift_id),
              t.gross_minor, t.refunds_minor, k.gross_minor, k.refunds_minor) AS text
FROM fundraising.gift_total t FULL JOIN (
    SELECT g.id AS gift_id, g.donor_id, g.tax_date, g.currency, sum(c.gross_minor) AS gross_minor,
           sum(c.refunds_minor) AS refunds_minor, bool_or(c.kind = 'charge') AS received
    FROM fundraising.gift g JOIN fundraising.contribution c ON c.gift_id = g.id WHERE g.live GROUP BY g.id) k
    ON k.gift_id = t.gift_id
WHERE (t.donor_id, t.tax_date, t.currency, t.gross_minor, t.refunds_minor, t.received)
    IS DISTINCT FROM (k.donor_id, k.tax_date, k.currency, k.gross_minor, k.refunds_minor, k.received)
UNION ALL
SELECT format('%s %s by %s date: the total says %s less %s of %s gifts, the entries %s less %s of %s',
              coalesce(d.day, k.day), coalesce(d.currency, k.currency), coalesce(d.basis, k.basis), d.gross_minor,
              d.refunds_minor, d.gifts, k.gross_minor, k.refunds_minor, k.gifts)
FROM (SELECT t.basis, t.day, t.currency::text AS currency, sum(t.gifts) AS gifts, sum(t.gross_minor) AS gross_minor,
             sum(t.refunds_minor) AS refunds_minor
      FROM fundraising.day_total t GROUP BY 1, 2, 3
      HAVING (sum(t.gifts), sum(t.gross_minor), sum(t.refunds_minor)) <> (0, 0, 0)) d
FULL JOIN (
    SELECT v.basis, v.day, c.currency::text AS currency, count(*) FILTER (WHERE c.kind = 'charge') AS gifts,
           sum(v.gross) AS gross_minor, sum(v.refunds) AS refunds_minor
    FROM fundraising.contribution c JOIN fundraising.gift g ON g.id = c.gift_id AND g.live
    CROSS JOIN LATERAL (VALUES ('tax', g.tax_date, c.gross_minor, c.refunds_minor),
        ('posting', c.posting_date, greatest(c.amount_minor, 0), greatest(-c.amount_minor, 0))
    ) AS v (basis, day, gross, refunds) GROUP BY 1, 2, 3) k
    ON k.basis = d.basis AND k.day = d.day AND k.currency = d.currency
WHERE (d.gifts, d.gross_minor, d.refunds_minor) IS DISTINCT FROM (k.gifts, k.gross_minor, k.refunds_minor);
