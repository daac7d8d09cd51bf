-- Names without a schema are found where the platform finds them.
SET LOCAL search_path = :search_path
