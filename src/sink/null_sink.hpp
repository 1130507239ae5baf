// null_sink.hpp: takes frames and forgets them: the speed of all that comes before a sink.
#pragma once

#include "sink/sink.hpp"

namespace framegen {

class NullSink : public Sink {
 public:
  std::string name() const override { return "null"; }

 private:
  Status do_begin() override { return {}; }
  Status do_write(const SinkFrame&) override { return {}; }
  Status do_finish() override { return {}; }
};

}  // namespace framegen
