#pragma once
#include <libxml/HTMLparser.h>
#include <libxml/xmlreader.h>

/* xmlFree is a variable that holds a function; nothing here ever sets it. */
static inline void masthead_xml_free(void *memory) { xmlFree(memory); }
