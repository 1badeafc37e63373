-- How rare a word of a title is decides whether a search by it goes through the titles' index or through the articles,
-- newest first. A hundred samples can't tell one in a thousand from one in a hundred; a thousand can.
DO $$
BEGIN
    IF to_regclass('editorial.article_title_idx') IS NOT NULL THEN
        ALTER INDEX editorial.article_title_idx ALTER COLUMN 1 SET STATISTICS 1000;
    END IF;
END
$$;
