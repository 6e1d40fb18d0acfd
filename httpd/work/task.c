/*
 * task.c
 *		One piece of work on an audio file (see task.h).
 */
#include "task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/log.h"
#include "../base/metrics.h"
#include "../config/config.h"
#include "../files/kind.h"
#include "../files/place.h"
#include "analyser.h"
#include "document.h"
#include "scanner.h"
#include "waveform_json.h"

static const char report_scan[] = "select veza.track_report_scan($1::uuid, $2::uuid, $3, $4)";
static const char report_analysis[] = "select veza.track_report_analysis($1::uuid, $2::uuid, $3::json)";
static const char release_work[] = "select veza.track_release_work($1::uuid, $2::uuid)";

/* take_member copies a text of an entry; false when it is not there or does not fit. */
static bool
take_member(const json_t *entry, const char *name, char *out, size_t size)
{
	const char *text = json_string_value(json_object_get(entry, name));

	return text != NULL && (size_t) snprintf(out, size, "%s", text) < size;
}

bool
task_read(const json_t *entry, Task *task)
{
	char		kind[16];

	if (!take_member(entry, "version_id", task->version_id, sizeof(task->version_id)) ||
		!take_member(entry, "lease", task->lease, sizeof(task->lease)) || !take_member(entry, "kind", kind, sizeof(kind)) ||
		!take_member(entry, "file", task->file, sizeof(task->file)) || !take_member(entry, "type", task->type, sizeof(task->type)))
		return false;
	task->is_scan = strcmp(kind, "scan") == 0;
	return task->is_scan || strcmp(kind, "analyse") == 0;
}

/* make_report begins a report by the version and its lease. */
static void
make_report(TaskReport *report, const Task *task, const char *statement)
{
	*report = (TaskReport) {.statement = statement, .nvalues = 2, .values = {strdup(task->version_id), strdup(task->lease)}};
}

/* give_back reports that nothing was done: it counts as no try. */
static void
give_back(TaskReport *report, const Task *task, bool is_unable)
{
	make_report(report, task, release_work);
	report->is_unable = is_unable;
}

/* tell_verdict reports a verdict of the scanner. */
static void
tell_verdict(TaskReport *report, const Task *task, const char *verdict, const char *detail)
{
	metrics_scanned(verdict);
	log_line(strcmp(verdict, "clean") == 0 ? LOG_INFO : LOG_WARN, "a file was scanned", "file", task->file, "verdict", verdict,
			 "detail", detail[0] != '\0' ? detail : NULL, NULL);
	make_report(report, task, report_scan);
	report->values[report->nvalues++] = strdup(verdict);
	report->values[report->nvalues++] = detail[0] != '\0' ? strdup(detail) : NULL;
}

/* scan_file has a file scanned. Without a verdict it goes on where no scanner is required, and waits where one is. */
static void
scan_file(const Task *task, int fd, bool (*must_stop) (void), TaskReport *report)
{
	bool		is_required = config_bool(CONFIG_CLAMAV_REQUIRED);
	char		detail[CLAMD_DETAIL_MAX];

	switch (scanner_scan(fd, must_stop, detail))
	{
		case CLAMD_CLEAN:
			tell_verdict(report, task, "clean", detail);
			return;
		case CLAMD_INFECTED:
			tell_verdict(report, task, "infected", detail);
			return;
		case CLAMD_FAILED:
			tell_verdict(report, task, is_required ? "failed" : "unscanned", detail);
			return;
		case CLAMD_UNAVAILABLE:
			break;
	}
	if (is_required || must_stop())
		give_back(report, task, true);
	else
		tell_verdict(report, task, "unscanned", detail);
}

/* tell_analysis reports the document of an analysis, which it takes over. */
static void
tell_analysis(TaskReport *report, const Task *task, json_t *document)
{
	const char *code = json_string_value(json_object_get(document, "code"));

	metrics_analysed(code ? code : "ok");
	log_line(LOG_INFO, "a file was analysed", "file", task->file, "result", code ? code : "ok",
			 "detail", json_string_value(json_object_get(document, "detail")), NULL);
	make_report(report, task, report_analysis);
	report->values[report->nvalues++] = json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(8));
	json_decref(document);
}

/* store_output stores what was made of the file; false when the disk refuses. A picture that is none is left out. */
static bool
store_output(const char *kind, const AnalyserText *text, Derived *out)
{
	VzError		problem = VZ_ERROR_COUNT;

	memset(out, 0, sizeof(*out));
	if (text->len > 0)
		problem = derived_store(kind_find(kind), text->bytes, text->len, out);
	return problem != VZ_E_UPLOAD_FAILED;
}

/* store_waveform_text stores the peaks as JSON, too; false when the disk refuses. */
static bool
store_waveform_text(const AnalyserText *waveform, Derived *out)
{
	AnalyserText text = {0};
	bool		ok;

	text.bytes = waveform_json(waveform->bytes, waveform->len, &text.len);
	ok = store_output("waveform_json", &text, out);
	free(text.bytes);
	return ok;
}

/* tell_answer reports what the program has said, once what it has made is in its place. */
static void
tell_answer(TaskReport *report, const Task *task, const AnalyserOutput *output)
{
	Derived		waveform;
	Derived		waveform_text;
	Derived		cover;
	json_t	   *document;

	if (!store_output("waveform", &output->waveform, &waveform) || !store_waveform_text(&output->waveform, &waveform_text) ||
		!store_output("image", &output->cover, &cover))
	{
		tell_analysis(report, task, document_failure("storage_failed", "what was made of it could not be stored", true));
		return;
	}
	document = document_read(output->answer.bytes, output->answer.len,
							 &(DocumentFiles) {.waveform = &waveform, .waveform_json = &waveform_text, .cover = &cover});
	tell_analysis(report, task, document ? document : document_failure("crashed", "its answer cannot be read", true));
}

/* analyse_file has a file analysed. */
static void
analyse_file(const Task *task, int fd, bool (*must_stop) (void), TaskReport *report)
{
	AnalyserOutput output;

	switch (analyser_run(fd, task->type, must_stop, &output))
	{
		case ANALYSER_ANSWERED:
			tell_answer(report, task, &output);
			break;
		case ANALYSER_CRASHED:
			tell_analysis(report, task, document_failure("crashed", output.detail, true));
			break;
		case ANALYSER_TOO_SLOW:
			tell_analysis(report, task, document_failure("too_complex", output.detail, true));
			break;
		case ANALYSER_STOPPED:
			give_back(report, task, true);
			break;
		case ANALYSER_UNABLE:
			log_line(LOG_ERROR, "files cannot be analysed", "error", output.detail, "program",
				config_text(CONFIG_ANALYSIS_PROGRAM), NULL);
			give_back(report, task, true);
			break;
	}
	analyser_free(&output);
}

void
task_do(const Task *task, bool (*must_stop) (void), TaskReport *report)
{
	const FileType *entry;
	const FileKind *kind = kind_sent_as(task->type, &entry);
	uint64_t	size;
	int			fd = kind ? place_open(kind->directory, task->file, &size) : -1;

	if (fd < 0)
	{
		log_line(LOG_ERROR, "a file that the database names is not there", "file", task->file, NULL);
		if (task->is_scan)
			tell_verdict(report, task, "failed", "the file is not there");
		else
			tell_analysis(report, task, document_failure("file_missing", "the file is not there", true));
		return;
	}
	if (task->is_scan)
		scan_file(task, fd, must_stop, report);
	else
		analyse_file(task, fd, must_stop, report);
	close(fd);
}

void
task_report_free(TaskReport *report)
{
	for (int i = 0; i < report->nvalues; i++)
		free(report->values[i]);
	memset(report, 0, sizeof(*report));
}
