PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE "a;b"(x DEFAULT ';' /* ; *//* ' */, [c;d], `e;f`); -- ;
INSERT INTO "a;b" VALUES('it''s;
;'),(X'3b3b');
CREATE TRIGGER r AFTER INSERT ON "a;b" BEGIN SELECT 1; SELECT ';'; END;
COMMIT;
