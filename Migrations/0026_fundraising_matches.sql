-- Matches: a sponsor gives as others give. What a match comes to is reckoned from the gifts, and shown apart; it is
-- received when the sponsor pays his pledge.

CREATE TABLE fundraising.match (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT match_pkey PRIMARY KEY,
    -- The sponsor's promise, in whose currency everything is.
    pledge_id bigint NOT NULL CONSTRAINT match_pledge_fkey REFERENCES fundraising.pledge,
    -- For each so much of a gift (given) the sponsor gives so much (added).
    added integer NOT NULL CONSTRAINT match_added CHECK (added BETWEEN 1 AND 100),
    given integer NOT NULL CONSTRAINT match_given CHECK (given BETWEEN 1 AND 100),
    cap_minor bigint NOT NULL CONSTRAINT match_cap CHECK (cap_minor > 0),
    per_donor_minor bigint CONSTRAINT match_per_donor CHECK (per_donor_minor > 0),
    -- First and last day, in the publication's zone.
    starts date NOT NULL,
    ends date NOT NULL,
    campaign_id bigint CONSTRAINT match_campaign_fkey REFERENCES fundraising.campaign,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by bigint NOT NULL CONSTRAINT match_created_by_fkey REFERENCES access.account,
    CONSTRAINT match_dates CHECK (starts <= ends)
);
CREATE INDEX match_pledge ON fundraising.match (pledge_id);
GRANT SELECT, INSERT ON fundraising.match TO masthead_app;

-- All matches of a promise together add up to no more than the promise.
CREATE FUNCTION fundraising.match_rules() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    promised bigint;
BEGIN
    SELECT p.amount_minor INTO STRICT promised FROM fundraising.pledge p WHERE p.id = NEW.pledge_id FOR NO KEY UPDATE;
    IF NEW.cap_minor + coalesce((SELECT sum(m.cap_minor) FROM fundraising.match m WHERE m.pledge_id = NEW.pledge_id), 0)
       > promised THEN
        RAISE EXCEPTION 'pledge % is for less', NEW.pledge_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'match_within_pledge';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION fundraising.match_rules() FROM PUBLIC;
CREATE TRIGGER match_rules BEFORE INSERT ON fundraising.match FOR EACH ROW EXECUTE FUNCTION fundraising.match_rules();

-- The gifts of a match in the order in which they count, by the instant they were given and then by number; with what is
-- still there of each (a refund takes back its part), and what the sponsor adds to it. First each donor is held to his
-- cap, then all together to the match's. Gifts of which nobody knows the donor are each for themselves. The sponsor's own
-- gifts don't count, nor what pays his promise, nor what is itself a match or a grant.
CREATE VIEW fundraising.match_gift AS
WITH eligible AS (
    SELECT m.id AS match_id, m.cap_minor, m.per_donor_minor, g.id AS gift_id, g.given_at, g.donor_id,
           coalesce(v.survivor_id, -g.id) AS giver, g.currency, k.net_minor,
           floor(k.net_minor::numeric * m.added / m.given) AS wanted
    FROM fundraising.match m
    JOIN fundraising.pledge p ON p.id = m.pledge_id
    JOIN fundraising.giver s ON s.donor_id = p.donor_id
    JOIN fundraising.gift g ON g.currency = p.currency AND g.live AND g.kind NOT IN ('employer_match', 'grant_payment')
        AND g.given_at >= m.starts::timestamp AT TIME ZONE access.publication_zone()
        AND g.given_at < (m.ends + 1)::timestamp AT TIME ZONE access.publication_zone()
        AND (m.campaign_id IS NULL OR g.campaign_id = m.campaign_id)
    JOIN fundraising.gift_money k ON k.gift_id = g.id
    LEFT JOIN fundraising.giver v ON v.donor_id = g.donor_id
    WHERE k.net_minor > 0 AND v.survivor_id IS DISTINCT FROM s.survivor_id
      AND NOT EXISTS (SELECT FROM fundraising.pledge_settlement t
                      JOIN fundraising.pledge_instalment i ON i.id = t.instalment_id
                      WHERE t.gift_id = g.id AND i.pledge_id = m.pledge_id)
), by_donor AS (
    SELECT e.*, CASE WHEN e.per_donor_minor IS NULL THEN e.wanted ELSE least(e.wanted, greatest(0, e.per_donor_minor - (
               sum(e.wanted) OVER (PARTITION BY e.match_id, e.giver ORDER BY e.given_at, e.gift_id) - e.wanted)))
           END AS allowed
    FROM eligible e
)
SELECT d.match_id, d.gift_id, d.donor_id, d.given_at, d.currency, d.net_minor,
       least(d.allowed, greatest(0, d.cap_minor - (
           sum(d.allowed) OVER (PARTITION BY d.match_id ORDER BY d.given_at, d.gift_id) - d.allowed)))::bigint
           AS matched_minor
FROM by_donor d;
GRANT SELECT ON fundraising.match_gift TO masthead_app;
