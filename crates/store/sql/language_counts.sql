SELECT texts, binaries, count(*) FROM revision_language GROUP BY texts, binaries
