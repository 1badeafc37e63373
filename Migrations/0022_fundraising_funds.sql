-- Funds: what money may be spent on, and when.

ALTER TABLE fundraising.fund
    -- What the donors gave it for, in the words they were told.
    ADD COLUMN purpose text CONSTRAINT fund_purpose_text CHECK (purpose ~ '\S' AND octet_length(purpose) <= 4000),
    -- The last day before which it may not be spent.
    ADD COLUMN until date,
    ADD COLUMN created_by bigint CONSTRAINT fund_created_by_fkey REFERENCES access.account,
    ADD CONSTRAINT fund_name_length CHECK (octet_length(name) <= 1000),
    -- A restriction says which.
    ADD CONSTRAINT fund_restricted_how CHECK (
        (restriction = 'purpose') = (purpose IS NOT NULL) AND (restriction = 'time') = (until IS NOT NULL));
GRANT UPDATE (purpose, until) ON fundraising.fund TO masthead_app;
CREATE INDEX gift_fund ON fundraising.gift (fund_id) WHERE fund_id IS NOT NULL;

-- What was given for one thing stays given for it: only its donors could release it.
CREATE FUNCTION fundraising.fund_keeps() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM fundraising.gift g WHERE g.fund_id = OLD.id) THEN
        RAISE EXCEPTION 'gifts were given for fund %', OLD.slug
            USING ERRCODE = 'check_violation', CONSTRAINT = 'fund_keeps';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION fundraising.fund_keeps() FROM PUBLIC;
CREATE TRIGGER fund_keeps BEFORE UPDATE ON fundraising.fund FOR EACH ROW
    WHEN (OLD.purpose IS DISTINCT FROM NEW.purpose OR OLD.until IS DISTINCT FROM NEW.until)
    EXECUTE FUNCTION fundraising.fund_keeps();

-- What came and went, with what it may be spent on; 'none' for gifts without a fund.
CREATE VIEW fundraising.restricted_contribution AS
SELECT k.entry_id, k.gift_id, coalesce(f.restriction, 'none') AS restriction, f.slug AS fund, k.currency, k.live,
       k.posting_date, g.tax_date, k.gross_minor, k.refunds_minor, k.gross_minor - k.refunds_minor AS net_minor
FROM fundraising.contribution k
JOIN fundraising.gift g ON g.id = k.gift_id
LEFT JOIN fundraising.fund f ON f.id = g.fund_id;
GRANT SELECT ON fundraising.restricted_contribution TO masthead_app;
