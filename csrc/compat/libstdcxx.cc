// What GCC's headers use of libstdc++ and glibc since TensorFlow's floor (GCC 7, glibc 2.27), made
// of what was there by then: so the libraries load wherever TensorFlow does. Linked into each and
// exported by none. Includes the standard library only.
#include <condition_variable>
#include <exception>
#include <new>
#include <sstream>

// Another name for the symbol as a certain version of libstdc++ brought it. What isn't called is
// not asked of the machine.
#define UPSAMPLE_AS_OF(version, symbol, name) __asm__(".symver " #name "," symbol "@" version)

extern "C" {

// glibc 2.32. That there are threads is always a safe answer.
extern char __libc_single_threaded;
char __libc_single_threaded = 0;

// GCC 9: a constructor without the default argument that it had before.
void DefaultStringStream(void* place) __asm__(
    "_ZNSt7__cxx1118basic_stringstreamIcSt11char_traitsIcESaIcEEC1Ev");
void DefaultStringStream(void* place) {
  new (place) std::stringstream(std::ios_base::in | std::ios_base::out);
}

void CopyExceptionPtr(void* place, const void* other);
void DestroyExceptionPtr(void* place);
void WaitForCondition(void* condition, void* lock);
UPSAMPLE_AS_OF("CXXABI_1.3.3", "_ZNSt15__exception_ptr13exception_ptrC1ERKS0_", CopyExceptionPtr);
UPSAMPLE_AS_OF("CXXABI_1.3.3", "_ZNSt15__exception_ptr13exception_ptrD1Ev", DestroyExceptionPtr);
UPSAMPLE_AS_OF("GLIBCXX_3.4.11", "_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE",
               WaitForCondition);
}

namespace std {

// GCC 11.
void __throw_bad_array_new_length() { throw bad_array_new_length(); }

// GCC 11: the parts of the copy constructor and of the destructor, which are inline since. The
// library's own count up and down with the object.
void __exception_ptr::exception_ptr::_M_addref() noexcept {
  alignas(exception_ptr) char copy[sizeof(exception_ptr)];
  CopyExceptionPtr(copy, this);  // and is never destroyed
}
void __exception_ptr::exception_ptr::_M_release() noexcept {
  DestroyExceptionPtr(this);
  _M_exception_object = nullptr;
}

#if _GLIBCXX_RELEASE >= 12
// GCC 12: may throw since.
void condition_variable::wait(unique_lock<mutex>& lock) { WaitForCondition(this, &lock); }
#endif

}  // namespace std

#undef UPSAMPLE_AS_OF
