
-- What the interface says, in French. The English sentence is the key; what has no row here is said in English.

INSERT INTO veza.translation (language, english, translation) VALUES
('fr', 'Some fields are missing or wrong.', 'Des champs sont manquants ou incorrects.'),
('fr', 'is missing', 'est obligatoire');
