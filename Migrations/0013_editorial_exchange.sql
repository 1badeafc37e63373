-- Import from other systems, and export.
--
-- An export takes along what nobody outside has read yet, so it is for those who may read every draft there is.
INSERT INTO access.role_permission (role, permission)
SELECT p.role, 'article.export' FROM access.role_permission p WHERE p.permission = 'article.read';
