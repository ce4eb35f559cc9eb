# What a Debian package has beyond `make install`. cpack runs this on the files it has gathered.
set(share ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share)
set(doc ${share}/doc/${CPACK_DEBIAN_PACKAGE_NAME})
set(top ${CMAKE_CURRENT_LIST_DIR}/..)
file(MAKE_DIRECTORY ${doc})

# Debian's zsh looks for completions of packages elsewhere.
if(EXISTS ${share}/zsh/site-functions)
  file(RENAME ${share}/zsh/site-functions ${share}/zsh/vendor-completions)
endif()

# What is linked in is not depended on, so its licence comes along.
file(READ ${top}/LICENSE text)
foreach(package libblis-serial-dev libpng-dev libjpeg62-turbo-dev)
  set(copyright /usr/share/doc/${package}/copyright)
  if(EXISTS ${copyright})
    file(READ ${copyright} licence)
    string(APPEND text "\n\nThe program contains parts of ${package}, whose copyright file is:\n\n"
           "${licence}")
  endif()
endforeach()
file(WRITE ${doc}/copyright "${text}")

file(COPY_FILE ${top}/CHANGELOG.md ${doc}/NEWS)
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${doc}/changelog
     "${CPACK_DEBIAN_PACKAGE_NAME} (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium\n\n"
     "  * What is new stands in NEWS.\n\n"
     " -- ${CPACK_PACKAGE_CONTACT}  ${now}\n")

file(GLOB pages ${share}/man/man*/*)
execute_process(COMMAND gzip -9nf ${pages} ${doc}/changelog ${doc}/NEWS
                COMMAND_ERROR_IS_FATAL ANY)
file(GLOB_RECURSE files ${share}/*)
foreach(file ${files})
  file(CHMOD ${file} PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endforeach()
