-- Refunds that a file told of as a sum, before the processor named them one by one.

-- A payments export says how much of a payment went back so far, and of no refund its id. What it tells beyond what is
-- known is a refund of its own, under the payment's id and the sum so far. When the processor names a refund that this
-- sum holds, it is written down here, and brings no money again.
CREATE TABLE fundraising.told_refund (
    processor text COLLATE "C" NOT NULL,
    -- The refund's own id, re_….
    external_id text COLLATE "C" NOT NULL CONSTRAINT told_refund_id CHECK (
        external_id <> '' AND octet_length(external_id) <= 255),
    gift_id bigint NOT NULL CONSTRAINT told_refund_gift_fkey REFERENCES fundraising.gift,
    amount_minor bigint NOT NULL CONSTRAINT told_refund_amount CHECK (amount_minor > 0),
    named_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT told_refund_pkey PRIMARY KEY (processor, external_id)
);
CREATE INDEX told_refund_gift ON fundraising.told_refund (gift_id);
GRANT SELECT, INSERT (processor, external_id, gift_id, amount_minor) ON fundraising.told_refund TO masthead_app;

-- No more is named than was told, and nothing that has an entry of its own: a refund would be lost.
CREATE FUNCTION fundraising.told_refund_within() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM fundraising.gift g WHERE g.id = NEW.gift_id FOR NO KEY UPDATE;
    IF (SELECT coalesce(-sum(e.amount_minor), 0) FROM fundraising.entry e
        WHERE e.gift_id = NEW.gift_id AND e.kind = 'refund' AND e.processor = NEW.processor AND e.phase LIKE 'told %')
       < (SELECT sum(t.amount_minor) FROM fundraising.told_refund t WHERE t.gift_id = NEW.gift_id)
       OR EXISTS (SELECT FROM fundraising.entry e WHERE e.processor = NEW.processor AND e.processor_account = ''
                  AND e.kind = 'refund' AND e.external_id = NEW.external_id AND e.phase = '') THEN
        RAISE EXCEPTION 'refund % isn''t among those told of gift %', NEW.external_id, NEW.gift_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'told_refund_within';
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION fundraising.told_refund_within() FROM PUBLIC;
CREATE TRIGGER told_refund_within AFTER INSERT ON fundraising.told_refund FOR EACH ROW
    EXECUTE FUNCTION fundraising.told_refund_within();

-- As before; a refund that was told and then named is known too.
CREATE OR REPLACE VIEW fundraising.payout_line_book AS
SELECT l.processor, l.external_id, l.payout, coalesce(b.gift_id, r.gift_id) AS gift_id, b.entry_id, b.amount_minor,
       b.currency, CASE
           WHEN b.entry_id IS NULL THEN 'unknown'
           WHEN b.currency = l.currency AND b.amount_minor <> l.gross_minor THEN 'differs'
           WHEN f.fee_minor <> l.fee_minor THEN 'differs'
           ELSE 'agrees' END AS state
FROM fundraising.payout_line l
LEFT JOIN LATERAL (
    SELECT min(p.gift_id) AS gift_id FROM fundraising.processor_ref p
    WHERE p.processor = l.processor AND p.live IN (true, false)
      AND p.external_id IN (l.source_id, l.charge_id, l.intent_id)) r ON true
LEFT JOIN LATERAL (
    SELECT e.id AS entry_id, e.gift_id, e.amount_minor, e.currency FROM fundraising.entry e
    WHERE l.category = 'charge' AND e.gift_id = r.gift_id AND e.kind = 'charge'
    UNION ALL
    SELECT e.id, e.gift_id, e.amount_minor, e.currency FROM fundraising.entry e
    WHERE e.processor = l.processor AND e.processor_account = '' AND e.phase = '' AND e.external_id = l.source_id
      AND e.kind = CASE l.category WHEN 'refund' THEN 'refund' WHEN 'refund_failure' THEN 'refund_failed'
                                   WHEN 'dispute' THEN 'dispute_withdrawn'
                                   WHEN 'dispute_reversal' THEN 'dispute_reinstated'
                                   WHEN 'payout_reversal' THEN 'payout_failed' END
    UNION ALL
    SELECT (SELECT max(e.id) FROM fundraising.entry e WHERE e.gift_id = t.gift_id AND e.kind = 'refund'
            AND e.phase LIKE 'told %'), t.gift_id, -t.amount_minor, g.currency
    FROM fundraising.told_refund t JOIN fundraising.gift g ON g.id = t.gift_id
    WHERE l.category = 'refund' AND t.processor = l.processor AND t.external_id = l.source_id
    UNION ALL
    SELECT e.id, e.gift_id, e.amount_minor, e.currency FROM fundraising.entry e
    WHERE fundraising.is_own_fee(l.category) AND e.processor = l.processor AND e.processor_account = ''
      AND e.phase = '' AND e.external_id = l.external_id AND e.kind IN ('fee', 'fee_refund')) b ON true
CROSS JOIN LATERAL (
    -- A fee that goes out is negative in the books, and positive in the file. A dispute's is named by the dispute.
    SELECT coalesce(-sum(e.amount_minor), 0) AS fee_minor FROM fundraising.entry e
    WHERE l.fee_minor <> 0 AND e.processor = l.processor AND e.processor_account = ''
      AND e.kind = CASE WHEN l.fee_minor > 0 THEN 'fee' ELSE 'fee_refund' END
      AND (e.external_id, e.phase) = (CASE WHEN l.category LIKE 'dispute%' THEN l.source_id ELSE l.external_id END,
                                      CASE WHEN l.category LIKE 'dispute%' THEN 'dispute' ELSE '' END)
      AND e.currency = l.currency) f;
