-- What a donor read on the way to giving, and how reports find it.
--
-- A gift names the article it came from; that is the last touch. Where more is known, the articles that led to it stand
-- here in their order, so that what it brought can be shared among them. No address, no browser, no time of day: who
-- read what is nobody's business once it is known which articles brought the gift.
CREATE TABLE fundraising.gift_touch (
    gift_id bigint NOT NULL CONSTRAINT gift_touch_gift_fkey REFERENCES fundraising.gift,
    -- 1 for the first article.
    position smallint NOT NULL CONSTRAINT gift_touch_position CHECK (position BETWEEN 1 AND 20),
    article_id bigint NOT NULL CONSTRAINT gift_touch_article_fkey REFERENCES editorial.article,
    CONSTRAINT gift_touch_pkey PRIMARY KEY (gift_id, position),
    CONSTRAINT gift_touch_once UNIQUE (gift_id, article_id)
);
CREATE INDEX gift_touch_article ON fundraising.gift_touch (article_id);
GRANT SELECT, INSERT ON fundraising.gift_touch TO masthead_app;

-- It is said of a gift once, all at a time: who was there first and who came later can't be put in afterwards.
CREATE FUNCTION fundraising.touch_rules() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM fundraising.gift_touch t WHERE t.gift_id IN (SELECT f.gift_id FROM fresh f) GROUP BY t.gift_id
        HAVING max(t.position) <> (SELECT count(*) FROM fresh f WHERE f.gift_id = t.gift_id)
            OR count(*) <> max(t.position)) THEN
        RAISE EXCEPTION 'the articles that led to a gift are said at once, from the first'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'gift_touch_at_once';
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION fundraising.touch_rules() FROM PUBLIC;
CREATE TRIGGER touch_rules AFTER INSERT ON fundraising.gift_touch REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION fundraising.touch_rules();

-- The share of an amount that falls to one of so many equal parts, counted from 0. The parts add up to the amount: of
-- the cents that are left over, the first parts have one each. What is given back is shared by the same rule, so that a
-- gift that is given back whole leaves nothing with anybody.
CREATE FUNCTION fundraising.equal_share(amount_minor bigint, parts bigint, part bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT amount_minor / parts + CASE WHEN part < abs(amount_minor % parts) THEN sign(amount_minor)::bigint ELSE 0 END
$$;
REVOKE ALL ON FUNCTION fundraising.equal_share(bigint, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fundraising.equal_share(bigint, bigint, bigint) TO masthead_app;
