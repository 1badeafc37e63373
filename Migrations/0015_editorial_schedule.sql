-- Schedules keep the notice their policy wants, and searching by title knows how rare a word is.

-- However it is made or moved. Who is in a hurry publishes by hand, where a person looks at what goes out.
CREATE FUNCTION editorial.schedule_notice() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    notice interval;
BEGIN
    notice := editorial.least_notice(NEW.article_id);
    IF notice > interval '0' AND NEW.due_at < clock_timestamp() + notice THEN
        PERFORM editorial.refuse('schedule_notice', format(
            'its policy wants schedules made %s minutes before their time', (extract(epoch FROM notice) / 60)::int));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER schedule_notice BEFORE INSERT ON editorial.schedule FOR EACH ROW
    WHEN (NEW.action <> 'unpublish') EXECUTE FUNCTION editorial.schedule_notice();
CREATE TRIGGER schedule_notice_moved BEFORE UPDATE OF due_at ON editorial.schedule FOR EACH ROW
    WHEN (NEW.action <> 'unpublish' AND NEW.due_at < OLD.due_at) EXECUTE FUNCTION editorial.schedule_notice();
REVOKE ALL ON FUNCTION editorial.schedule_notice() FROM PUBLIC;

-- How rare a word of a title is decides whether a search by it goes through the titles' index or through the articles,
-- newest first. A hundred samples can't tell one in a thousand from one in a hundred; a thousand can.
DO $$
BEGIN
    IF to_regclass('editorial.article_title_idx') IS NOT NULL THEN
        ALTER INDEX editorial.article_title_idx ALTER COLUMN 1 SET STATISTICS 1000;
    END IF;
END $$;
