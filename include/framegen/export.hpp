// export.hpp: which symbols the shared library shows.
#pragma once

#if defined(__GNUC__)
#define FRAMEGEN_EXPORT __attribute__((visibility("default")))
#else
#define FRAMEGEN_EXPORT
#endif
