# Programs that load plugins, and plugins.

# baton_plugin_host(TARGET) : the program offers plugins what it is made of, and all of Baton that a plugin
# may call, whether it needs that itself or not.
function(baton_plugin_host target)
  set_target_properties(${target} PROPERTIES ENABLE_EXPORTS ON)
  target_link_libraries(${target} PRIVATE baton_content)
  target_link_options(${target} PRIVATE
    LINKER:--whole-archive $<TARGET_FILE:baton_http> $<TARGET_FILE:baton_middleware> $<TARGET_FILE:baton_content>
    $<TARGET_FILE:baton_base> LINKER:--no-whole-archive)
endfunction()

# baton_plugin(TARGET [OUTPUT name] SOURCES file...) : a plugin, plugins/NAME.so in the build folder. Without
# unique symbols, for an object that has one is never unloaded; what it does not define is the program's.
function(baton_plugin target)
  cmake_parse_arguments(ARG "" "OUTPUT" "SOURCES" ${ARGN})
  if(NOT ARG_OUTPUT)
    set(ARG_OUTPUT ${target})
  endif()
  add_library(${target} MODULE ${ARG_SOURCES})
  set_target_properties(${target} PROPERTIES PREFIX "" SUFFIX ".so" OUTPUT_NAME ${ARG_OUTPUT}
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins)
  target_link_libraries(${target} PRIVATE baton_api)
  target_compile_definitions(${target} PRIVATE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_REGEX)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fno-gnu-unique)
  endif()
endfunction()
