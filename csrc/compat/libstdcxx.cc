// Defines what GCC's headers use of libstdc++ and glibc since TensorFlow's floor (GCC 7, glibc
// 2.27), by what existed then, so the libraries load wherever TensorFlow does. It is linked into
// each library and exported by none. This file includes the standard library only.
#include <condition_variable>
#include <exception>
#include <new>
#include <sstream>

// Gives another name to the symbol that a certain version of libstdc++ introduced. The machine need
// not have what isn't called.
#define UPSAMPLE_AS_OF(version, symbol, name) __asm__(".symver " #name "," symbol "@" version)

extern "C" {

// This is new in glibc 2.32. It is always safe to say that there are threads.
extern char __libc_single_threaded;
char __libc_single_threaded = 0;

// This is new in GCC 9: a constructor without the default argument that it had before.
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

// This is new in GCC 11.
void __throw_bad_array_new_length() { throw bad_array_new_length(); }

// These are new in GCC 11: parts of the copy constructor and of the destructor, which are inline
// since then. The library's own ones count up and down with the object.
void __exception_ptr::exception_ptr::_M_addref() noexcept {
  alignas(exception_ptr) char copy[sizeof(exception_ptr)];
  CopyExceptionPtr(copy, this);  // the copy is never destroyed
}
void __exception_ptr::exception_ptr::_M_release() noexcept {
  DestroyExceptionPtr(this);
  _M_exception_object = nullptr;
}

#if _GLIBCXX_RELEASE >= 12
// This is new in GCC 12, since when the function may throw.
void condition_variable::wait(unique_lock<mutex>& lock) { WaitForCondition(this, &lock); }
#endif

}  // namespace std

#undef UPSAMPLE_AS_OF
