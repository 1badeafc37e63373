-- What a processor takes or gives beside payments and fees, in adjustments of the balance and contributions, is of no one
-- gift either. Without an entry of it a payout could never be held against its lines.
CREATE OR REPLACE FUNCTION fundraising.is_own_fee(category text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $$ SELECT category IN ('fee', 'tax', 'network_cost', 'other_adjustment', 'contribution') $$;
