
-- What the interface says, in French. The English sentence is the key; what has no row here is said in English.

INSERT INTO veza.translation (language, english, translation) VALUES
('fr', 'Some fields are missing or wrong.', 'Des champs sont manquants ou incorrects.'),
('fr', 'is missing', 'est obligatoire'),
('fr', 'If there is an account with this address, a mail is on its way.', 'S''il existe un compte avec cette adresse, un courriel est en route.'),
('fr', 'The password is changed; log in with it.', 'Le mot de passe est changé ; connectez-vous avec.'),
('fr', 'The password is changed.', 'Le mot de passe est changé.');
