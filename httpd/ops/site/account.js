// The pages that links in mails lead to: they ask the API and show what it says.
'use strict';

const TEXTS = {
	en: {
		verify_title: 'Confirm your address',
		verify_ask: 'Press the button to confirm that this address is yours.',
		verify_do: 'Confirm my address',
		verify_whose: name => `This link is for the account ${name}.`,
		verify_proof: 'If it is yours, type its password. If it is not, close this page: nothing has happened.',
		account_password: 'Password of the account',
		verify_done: 'Your address is confirmed.',
		verify_again: 'We can send you a new link.',
		reset_title: 'Choose a new password',
		reset_ask: 'You will be logged out everywhere and log in again with the new password.',
		reset_do: 'Change the password',
		reset_done: 'Your password is changed.',
		reset_again: 'Tell us your address, and we send you a link with which you can choose a new password.',
		next: 'You can close this page.',
		log_in: 'You can log in with it now.',
		no_token: 'There is no link here.',
		no_token_hint: 'Open the link in the mail once more; a reloaded page has forgotten it.',
		email: 'E-mail address',
		new_password: 'New password',
		repeated: 'The same once more',
		show: 'Show the passwords',
		send: 'Send a new link',
		differs: 'is not the same',
		missing: 'is missing',
		busy: 'One moment …',
		offline: 'The server cannot be reached.',
		offline_hint: 'Check your connection and try again.'
	},
	fr: {
		verify_title: 'Confirmez votre adresse',
		verify_ask: 'Appuyez sur le bouton pour confirmer que cette adresse est la vôtre.',
		verify_do: 'Confirmer mon adresse',
		verify_whose: name => `Ce lien concerne le compte ${name}.`,
		verify_proof: 'Si c’est le vôtre, saisissez son mot de passe. Sinon, fermez cette page\u00a0: il ne s’est rien passé.',
		account_password: 'Mot de passe du compte',
		verify_done: 'Votre adresse est confirmée.',
		verify_again: 'Nous pouvons vous envoyer un nouveau lien.',
		reset_title: 'Choisissez un nouveau mot de passe',
		reset_ask: 'Toutes vos sessions seront fermées\u00a0; reconnectez-vous avec le nouveau mot de passe.',
		reset_do: 'Changer le mot de passe',
		reset_done: 'Votre mot de passe est modifié.',
		reset_again: 'Indiquez votre adresse\u00a0: nous vous enverrons un lien pour choisir un nouveau mot de passe.',
		next: 'Vous pouvez fermer cette page.',
		log_in: 'Vous pouvez maintenant l’utiliser pour vous connecter.',
		no_token: 'Il n’y a pas de lien ici.',
		no_token_hint: 'Ouvrez de nouveau le lien de l’e-mail\u00a0; une page rechargée l’a oublié.',
		email: 'Adresse e-mail',
		new_password: 'Nouveau mot de passe',
		repeated: 'Confirmation du mot de passe',
		show: 'Afficher les mots de passe',
		send: 'Envoyer un nouveau lien',
		differs: 'ne correspond pas',
		missing: 'est obligatoire',
		busy: 'Un instant…',
		offline: 'Le serveur est injoignable.',
		offline_hint: 'Vérifiez votre connexion et réessayez.'
	}
};

const language = /^fr\b/i.test(navigator.language) ? 'fr' : 'en';
const text = TEXTS[language];
const page = document.body.dataset.page;
const act = document.getElementById('act');
const again = document.getElementById('again');
const proof = document.getElementById('proof');
const result = document.getElementById('result');

// The token leaves the address bar, and with it the history, before anything else happens.
const token = new URLSearchParams(location.search).get('token');
history.replaceState(null, '', location.pathname);

// Shows sentences below the heading, and brings readers there.
function tell(kind, ...sentences) {
	result.className = `notice ${kind}`;
	result.replaceChildren(...sentences.filter(Boolean).map(sentence => {
		const p = document.createElement('p');
		p.textContent = sentence;
		return p;
	}));
	result.hidden = false;
	result.focus();
}

// Shows what is wrong with a field, or that nothing is.
function judge(input, problem) {
	const place = document.getElementById(`${input.id}-problem`);
	const label = document.querySelector(`label[for="${input.id}"]`).textContent;
	place.textContent = problem ? `${label} ${problem}.` : '';
	place.hidden = !problem;
	input.toggleAttribute('aria-invalid', false);
	if (problem)
		input.setAttribute('aria-invalid', 'true');
}

const inputs = form => [...form.querySelectorAll('.field:not([hidden]) input')];

// Asks the API; returns { status, data, error }, status 0 when no answer came.
async function ask(path, body) {
	try {
		const answer = await fetch(`/api/v1/auth/${path}`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json', 'Accept-Language': language },
			credentials: 'omit',
			body: JSON.stringify(body)
		});
		return { status: answer.status, ...await answer.json() };
	} catch {
		return { status: 0, error: { message: text.offline, hint: text.offline_hint } };
	}
}

// Field problems of an answer go to their fields; true when each has found one.
function judgeAll(form, answer) {
	const problems = answer.error?.code === 'VALIDATION_ERROR' && Array.isArray(answer.error.details) ? answer.error.details : [];
	let first;
	let found = 0;
	for (const input of inputs(form)) {
		const problem = problems.find(p => p.field === input.name);
		if (problem)
			judge(input, problem.message);
		found += problem ? 1 : 0;
		first ??= problem && input;
	}
	first?.focus();
	return found > 0 && found === problems.length;
}

// Sends a form's question; answered() gets what came of it, unless fields are wrong.
function onSend(form, question, answered) {
	const button = form.querySelector('button');
	form.addEventListener('submit', async event => {
		event.preventDefault();
		const wrong = inputs(form).filter(input => {
			judge(input, input.value === '' ? text.missing : input.id === 'repeated' && input.value !== form.new_password.value ? text.differs : null);
			return input.hasAttribute('aria-invalid');
		});
		if (wrong.length > 0) {
			wrong[0].focus();
			return;
		}
		const label = button.textContent;
		button.disabled = true;
		button.textContent = text.busy;
		result.hidden = true;
		const [path, body] = question();
		const answer = await ask(path, body);
		button.disabled = false;
		button.textContent = label;
		if (!judgeAll(form, answer))
			answered(answer);
	});
}

// A refusal in the server's words. Only a dead link cannot be tried again.
function refused(answer) {
	const isDead = answer.error?.code === 'AUTH_LINK_INVALID' || answer.error?.code === 'VALIDATION_ERROR';
	tell('bad', answer.error?.message, answer.error?.hint);
	if (isDead) {
		act.hidden = true;
		again.hidden = false;
	}
}

// The link is good; whose account it confirms is said before anything happens.
function askForAccount(name) {
	tell('', text.verify_whose(name), text.verify_proof);
	proof.hidden = false;
	act.password.focus();
}

document.documentElement.lang = language;
for (const element of document.querySelectorAll('[data-text]'))
	element.textContent = text[element.dataset.text];

document.getElementById('show')?.addEventListener('change', event => {
	for (const input of inputs(act))
		input.type = event.target.checked ? 'text' : 'password';
});

onSend(act, () => page === 'verify'
	? ['verify-email', proof.hidden ? { token } : { token, password: act.password.value }]
	: ['password/reset', { token, new_password: act.new_password.value }],
answer => {
	if (answer.error?.code === 'AUTH_ACCOUNT_PROOF_REQUIRED')
		return askForAccount(answer.error.details.username);
	if (answer.status !== 200)
		return refused(answer);
	act.hidden = true;
	act.reset();
	tell('good', text[`${page}_done`], page === 'verify' ? text.next : text.log_in);
});

onSend(again, () => [page === 'verify' ? 'resend-verification' : 'password/reset-request', { email: again.email.value }], answer => {
	if (answer.status !== 200)
		return tell('bad', answer.error?.message, answer.error?.hint);
	again.hidden = true;
	tell('good', answer.data?.message);
});

if (token) {
	act.hidden = false;
	(inputs(act)[0] ?? act.querySelector('button')).focus();
} else {
	if (page === 'verify')
		tell('', text.no_token, text.no_token_hint);
	again.hidden = false;
}
