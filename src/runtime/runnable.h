#pragma once

#include <boost/intrusive/list.hpp>

namespace tcpcopy {

/// Something that the event loop runs once for each time it is posted. Being posted twice before it
/// runs is the same as once. Destroying it takes it off the queue.
class Runnable : public boost::intrusive::list_base_hook<
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  virtual void Run() = 0;

 protected:
  Runnable() = default;
  ~Runnable() = default;
  Runnable(const Runnable&) = delete;
  Runnable& operator=(const Runnable&) = delete;
};

}  // namespace tcpcopy
