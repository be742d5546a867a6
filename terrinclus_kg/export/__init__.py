"""The service as files: what any web server, file host or USB stick can serve, written by walking its own pages.

`site.export` does it. An address has a place among the files or needs the service (`places`); a page is rewritten to
lead to files (`rewriting`); a worker process asks the application in its own process (`copying`); the files come to
lie in a folder of their own until they are whole (`folder`), and every link is followed (`checking`). The application
is any WSGI callable: nothing here knows Flask.
"""
