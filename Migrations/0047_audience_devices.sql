-- What pages were read on. Views whose agent doesn't say, and those counted before this was asked, are the rest of pv.
ALTER TABLE audience.site_hour
    ADD computer bigint NOT NULL DEFAULT 0,
    ADD phone    bigint NOT NULL DEFAULT 0,
    ADD tablet   bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT site_hour_devices CHECK (computer >= 0 AND phone >= 0 AND tablet >= 0
        AND computer + phone + tablet <= pv);
