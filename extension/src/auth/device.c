/*
 * device.c
 *		What a User-Agent says about the device (see device.h); no server header.
 *
 * Browsers name each other in their User-Agents, so the order of the marks
 * decides: the more particular one first.
 */
#include "device.h"

#include <stdio.h>
#include <string.h>

typedef struct Mark
{
	const char *mark;			/* what the User-Agent contains */
	const char *name;
} Mark;

static const Mark programs[] = {
	{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"EdgiOS/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
	{"Vivaldi/", "Vivaldi"}, {"Electron/", "Desktop app"}, {"FxiOS/", "Firefox"}, {"Firefox/", "Firefox"},
	{"CriOS/", "Chrome"}, {"Chromium/", "Chromium"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	{"curl/", "curl"}, {"Wget/", "Wget"}, {"python-requests/", "Python"}, {"okhttp/", "Android app"},
	{"Dart/", "Mobile app"}, {"PostmanRuntime/", "Postman"}
};

static const Mark systems[] = {
	{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"},
	{"Mac OS X", "macOS"}, {"Macintosh", "macOS"}, {"Linux", "Linux"}, {"FreeBSD", "FreeBSD"}
};

/* find_mark returns the name of the first mark in the text, or NULL. */
static const char *
find_mark(const char *text, const Mark *marks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(text, marks[i].mark) != NULL)
			return marks[i].name;
	return NULL;
}

void
vz_device_name(const char *user_agent, char *name, size_t size)
{
	const char *program = find_mark(user_agent, programs, sizeof(programs) / sizeof(programs[0]));
	const char *system = find_mark(user_agent, systems, sizeof(systems) / sizeof(systems[0]));

	snprintf(name, size, "%s%s%s", program ? program : "", program && system ? " on " : "", system ? system : "");
}
