# The installed files, and the Debian package of them:
#     cmake --build build/release --target davit && (cd build/release && cpack)
# The command builds davit alone, so packaging does not build the tests.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
if(CMAKE_INSTALL_PREFIX_INITIALIZED_TO_DEFAULT)
  set(CMAKE_INSTALL_PREFIX /usr CACHE PATH "Where to install; davit.service names /usr/bin/davit" FORCE)
endif()

set(config ${CMAKE_SOURCE_DIR}/config)
set(documents share/doc/davit)
install(TARGETS davit RUNTIME DESTINATION bin)
install(FILES ${config}/systemd/davit.service DESTINATION lib/systemd/system)
install(FILES ${config}/debian/davit.toml DESTINATION /etc/davit)
# Installs docs/README.md, which lists the pages. The README of the sources is about building.
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs/ DESTINATION ${documents} PATTERN man EXCLUDE)
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${documents} RENAME copyright)
file(GLOB nginx_examples ${config}/nginx/*.conf)
install(FILES ${config}/davit.toml ${config}/systemd/davit.socket ${nginx_examples} ${config}/prometheus/davit.rules.yml
  DESTINATION ${documents}/examples)

function(install_manual_page page section)
  install(CODE "
    set(folder \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/share/man/man${section}\")
    file(MAKE_DIRECTORY \"\${folder}\")
    execute_process(COMMAND gzip -9nc ${CMAKE_SOURCE_DIR}/docs/man/${page}
      OUTPUT_FILE \"\${folder}/${page}.gz\" COMMAND_ERROR_IS_FATAL ANY)")
endfunction()
install_manual_page(davit.1 1)
install_manual_page(davit.toml.5 5)

set(scripts conffiles postinst prerm postrm)
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME davit)
set(CPACK_PACKAGE_CONTACT "Davit <davit@example.com>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "WebDAV server whose failures explain themselves")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Serves a folder by WebDAV, classes 1, 2 and 3, to network drives, sync clients
and tests, alone on a machine or behind nginx. Whenever an answer says that
something failed because something else did, it names what failed first.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION httpd)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
list(TRANSFORM scripts PREPEND ${config}/debian/ OUTPUT_VARIABLE CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA)
include(CPack)
