import time,resource,threading,cProfile,pstats,os
from tests.builders import Client, coalition, define
from tests.uploads.sending import counts
import pytest
FILE=os.environ.get("SPEED","/tmp/up/h.csv")
@pytest.mark.parametrize("engine",["sqlite","postgresql"])
def test_p(new_database,engine):
    from service.database import open_database
    import service.uploads.importing as L
    db=open_database(new_database(engine))
    made=coalition(Client(db),[])
    dims=[{"code":"sex","codes":["F","M"]},{"code":"age","codes":list("abcdef")}]
    made.adopt(*[{"kind":"set_membership","actor":f"actor-{i}","membership":{"name":f"A{i}","kind":"association"}} for i in range(200)])
    made.adopt(*[define(f"ind-{i}",frequency="M",dimensions=dims) for i in range(20)])
    import pathlib; content=pathlib.Path(FILE).read_bytes()
    for what in ("first","again"):
        pr=cProfile.Profile() if os.environ.get("PROF") else None
        orig=L.Import.run
        def run(self):
            c0=time.thread_time()
            if pr: pr.enable()
            try: orig(self)
            finally:
                if pr: pr.disable()
                print(engine,what,"thread cpu",time.thread_time()-c0)
        L.Import.run=run
        t=time.perf_counter(); c=time.process_time()
        r=made.support.ask("POST","/imports",content=content,headers={"Content-Type":"text/csv"})
        print(engine,what,"accepted",r.status_code,time.perf_counter()-t,"cpu",time.process_time()-c)
        while (a:=made.support.get(f"/imports/{r.json()['id']}"))["status"] in ("queued","running"): time.sleep(0.2)
        print(engine,what,"WALL",time.perf_counter()-t,"CPU",time.process_time()-c,a["status"],counts(a),"rss",resource.getrusage(resource.RUSAGE_SELF).ru_maxrss//1024)
        L.Import.run=orig
        if pr: pstats.Stats(pr).sort_stats("tottime").print_stats(25)
    db.dispose()
