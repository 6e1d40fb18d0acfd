/*
 * api.h
 *	  The PSP's API, as its clients see it.
 */
#ifndef PSPSIM_API_H
#define PSPSIM_API_H

#include "http.h"

extern const struct service api_service;

#endif
