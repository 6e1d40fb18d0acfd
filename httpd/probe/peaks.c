/*
 * peaks.c
 *		The picture of a sound's wave (see peaks.h). Pure.
 */
#include "peaks.h"

#include <stdbool.h>

/* begin_point empties the point that is being made. */
static void
begin_point(Peaks *peaks)
{
	peaks->filled = 0;
	peaks->low = INT16_MAX;
	peaks->high = INT16_MIN;
}

void
peaks_begin(Peaks *peaks, uint32_t rate)
{
	peaks->rate = rate;
	peaks->stretch = PEAKS_STRETCH;
	peaks->count = 0;
	begin_point(peaks);
}

/* join_points makes one point of two. */
static void
join_points(Peaks *peaks)
{
	for (size_t i = 0; i < peaks->count / 2; i++)
	{
		const int16_t *a = peaks->points[2 * i];
		const int16_t *b = peaks->points[2 * i + 1];
		int16_t		low = a[0] < b[0] ? a[0] : b[0];
		int16_t		high = a[1] > b[1] ? a[1] : b[1];

		peaks->points[i][0] = low;
		peaks->points[i][1] = high;
	}
	peaks->count /= 2;
	peaks->stretch *= 2;
}

/* end_point stores the point that is full, and makes room for the next one. */
static void
end_point(Peaks *peaks)
{
	peaks->points[peaks->count][0] = peaks->low;
	peaks->points[peaks->count][1] = peaks->high;
	peaks->count++;
	begin_point(peaks);
}

void
peaks_add(Peaks *peaks, const float *mono, size_t frames)
{
	for (size_t i = 0; i < frames; i++)
	{
		float		scaled = mono[i] * 32768.0f;
		int16_t		value = scaled >= 32767.0f ? INT16_MAX : scaled <= -32768.0f ? INT16_MIN : (int16_t) scaled;

		/* Only when another point has to be made, or as many frames would have one point less. */
		if (peaks->filled == 0 && peaks->count == PEAKS_MAX)
			join_points(peaks);
		if (value < peaks->low)
			peaks->low = value;
		if (value > peaks->high)
			peaks->high = value;
		if (++peaks->filled == peaks->stretch)
			end_point(peaks);
	}
}

/* put_number writes four bytes, the lowest first. */
static void
put_number(uint8_t *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t) (value >> (8 * i));
}

size_t
peaks_finish(Peaks *peaks, uint8_t file[PEAKS_FILE_MAX])
{
	if (peaks->filled > 0)
		end_point(peaks);
	put_number(file, 2);
	put_number(file + 4, 1);
	put_number(file + 8, peaks->rate);
	put_number(file + 12, peaks->stretch);
	put_number(file + 16, (uint32_t) peaks->count);
	put_number(file + 20, 1);
	for (size_t i = 0; i < peaks->count; i++)
	{
		file[PEAKS_HEAD + 2 * i] = (uint8_t) (int8_t) (peaks->points[i][0] / 256);
		file[PEAKS_HEAD + 2 * i + 1] = (uint8_t) (int8_t) (peaks->points[i][1] / 256);
	}
	return PEAKS_HEAD + 2 * peaks->count;
}
